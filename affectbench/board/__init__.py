"""The leaderboard: runs and published figures become tables and a static site."""
