def run(scale):
    raise NotImplementedError
