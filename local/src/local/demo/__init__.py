"""The main job, played through the platform's public doors: from import to reward."""
