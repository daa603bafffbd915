"""Where terminals' keys live: one interface, a soft backend over the engine's key store and one over a PKCS#11 token."""
