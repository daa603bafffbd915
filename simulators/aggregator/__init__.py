"""An aggregator of the Chinese market, simulated: it speaks both as yrapi and as ofpay do."""
