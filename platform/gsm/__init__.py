"""How text and headers lie in a short message: alphabets, septets, user data headers, parts of long messages (3GPP TS 23.038, 23.040)."""
