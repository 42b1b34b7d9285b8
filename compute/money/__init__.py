"""What computing costs: offers with their prices, and what those prices buy on measured machines."""
