def language_code(x):
    return None


def title_of(t):
    return None
