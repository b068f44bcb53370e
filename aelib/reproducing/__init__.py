"""`aelib reproduce`: the four models at full size beside the published results, one module a step; nothing is here."""
