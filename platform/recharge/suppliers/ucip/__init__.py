"""Ericsson AIR by UCIP: XML-RPC to the charging system itself, which knows subscribers and no dealers."""
