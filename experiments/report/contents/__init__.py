"""What the page says, as plain frozen data: no table, no picture, no markup."""
