"""A matrix product by whichever kernel the processor allows."""
import numpy

left, right = numpy.random.rand(48, 48), numpy.random.rand(48, 48)
print((left @ right).tobytes().hex())
