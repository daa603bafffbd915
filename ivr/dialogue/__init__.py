"""What is spoken about on the phone: generators of steps, one module a business, that know no socket and no clock."""
