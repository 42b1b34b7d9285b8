"""What computing costs: offers with their prices, and what a job takes on each of them.

The data flows from files to tables to choices:

- `facts` (rules of all files of facts), `assumptions`, `prices`, `published`, `purchases` read `data/*.csv`;
- `jobs` (what somebody wants done) and `rates` (how fast a machine does it, and how we know) meet in
  `costs.of_job`, one row per offer; `reasons.path` tells how a row came about;
- `planner` chooses: budget, deadline, front, ranking, credit, buy or rent;
- `rooms` says what one would have to buy and where it stands (`floors`, `floor_plan`), `room_answers` says it in words;
  `azure` climbs from a machine to a finished model;
- `refresh` asks for today's prices.
"""
