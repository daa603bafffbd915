"""Files of carriers and banks: declared by profiles, checked whole, kept under their SHA-256."""
