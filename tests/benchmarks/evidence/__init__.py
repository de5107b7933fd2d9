"""What the README says and shows of the races."""
