"""One project at two times: processes of `older` and of `newer` code share a ledger."""
