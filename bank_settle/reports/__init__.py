"""What finance reads: the day's sheets as XLSX, PDF and CSV, with Chinese letters embedded and nothing a spreadsheet would run."""
