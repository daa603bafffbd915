"""A link over HTTP by Kannel's conventions: get-url in, sendsms out, delivery reports by dlr-url."""
