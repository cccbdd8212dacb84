"""Alert rules: pure judgements over facts, one file per rule in rules/."""
