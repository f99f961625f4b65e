"""What a market year came to, for city, terminal, workbook and PDF."""
