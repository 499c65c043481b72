from srcgrad import primitive


def mistake():
    @primitive(d="2 * y")
    def square(x):
        return x * x
