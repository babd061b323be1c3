"""Playing an episode: from its segments while it is being downloaded, from its file when it is finished."""
