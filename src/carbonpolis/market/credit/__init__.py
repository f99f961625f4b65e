"""The overdraft: lines, draws, collateral, repayment, default."""
