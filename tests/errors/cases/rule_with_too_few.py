from srcgrad import primitive


def mistake():
    @primitive(d="y")
    def times(x, y):
        return x * y
