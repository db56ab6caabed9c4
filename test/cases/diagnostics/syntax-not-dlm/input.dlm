import numpy as np
class Net:
    def forward(self, x):
        return x
