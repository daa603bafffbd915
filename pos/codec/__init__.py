"""ISO 8583 as UnionPay's direct terminals write it: frames, fields as a table, and the fields that have an inside."""
