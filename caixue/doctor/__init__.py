"""Is everything fit to run? Checks of the machine, the installation, the site and its ledger; each says OK, WARN, CRIT or UNKNOWN with its reason."""
