from srcgrad import primitive


def mistake():
    @primitive(d="2 *")
    def square(x):
        return x * x
