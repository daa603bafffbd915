"""SMPP 3.4: codec, sessions, the application's side (ESME), the centre's side for partners, receipts and USSD."""
