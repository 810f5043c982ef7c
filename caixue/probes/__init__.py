"""One reading of a host, a network, an interface or this machine; each has one deadline that holds against silent, closing and slow peers."""
