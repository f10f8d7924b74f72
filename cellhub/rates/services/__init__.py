"""What is done to decks, rates, plans and files of rates."""
