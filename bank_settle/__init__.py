"""The day's close: cut-off, three-way matching with carrier and bank, bank files and reports."""
