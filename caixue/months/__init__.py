"""The figures of months and years: what the ledger of a site tells about a period, report by report, and what late corrections change."""
