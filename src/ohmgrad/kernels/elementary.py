"""exp, log, powers, sinh, tanh and the inverse normal distribution from + − × ÷ √ and bit operations only.

Library versions differ between machines, compilers and NumPy by a last bit, and a pulse count that rounds turns one last
bit into another training. These are the same bits wherever IEEE-754 arithmetic is. Absolute or relative errors are
stated per function and tested.
"""

from __future__ import annotations

import math

from ohmgrad.kernels.bits import bits_from_float, float_from_bits
from ohmgrad.kernels.compiled import inline

_LOG2E = 1.4426950408889634
_LN2_HI = 6.93147180369123816490e-01  # ln 2 split so that n·_LN2_HI is exact for |n| < 2^20
_LN2_LO = 1.90821492927058770002e-10


@inline
def exp(x: float) -> float:
    """e^x; relative error below 4·10⁻¹⁶ for −708 ≤ x ≤ 709; 0 below, inf above.

    n = round(x / ln 2), r = x − n ln 2, Taylor series of e^r to r¹³, times 2ⁿ.

    >>> abs(exp(1.0) - math.e) < 1e-15
    True
    """
    if x != x:
        return x
    if x > 709.0:
        return math.inf
    if x < -708.0:
        return 0.0
    n = math.floor(x * _LOG2E + 0.5)
    r = (x - n * _LN2_HI) - n * _LN2_LO
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    k = int(n)
    half = k >> 1  # 2^n in two factors, since n reaches 1023 and −1022
    return p * float_from_bits((half + 1023) << 52) * float_from_bits((k - half + 1023) << 52)


@inline
def log(x: float) -> float:
    """ln x for normal x > 0; relative error below 4·10⁻¹⁶ (absolute, near x = 1).

    x = m·2ⁿ with 1/√2 ≤ m < √2, f = (m − 1)/(m + 1), ln m = 2 artanh f as a series in f² to f²³.

    >>> abs(log(10.0) - math.log(10.0)) < 1e-15
    True
    """
    bits = bits_from_float(x)
    n = (bits >> 52) - 1023
    m = float_from_bits((bits & 0xFFFFFFFFFFFFF) | (1023 << 52))
    if m > 1.4142135623730951:
        m = 0.5 * m
        n = n + 1
    f = (m - 1.0) / (m + 1.0)
    z = f * f
    p = 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    tail = 2.0 * f * z * p
    return n * _LN2_HI + (2.0 * f + (tail + n * _LN2_LO))


@inline
def power(x: float, y: float) -> float:
    """x^y = e^(y ln x) for x > 0; 0 for x ≤ 0. Relative error below (1 + |y ln x|)·10⁻¹⁵.

    >>> abs(power(2.0, 0.5) - math.sqrt(2.0)) < 1e-15, power(0.0, 0.5)
    (True, 0.0)
    """
    if x <= 0.0:
        return 0.0
    return exp(y * log(x))  # type: ignore[no-any-return]


@inline
def sinh(x: float) -> float:
    """sinh x = (e^x − e^(−x))/2; Taylor series to x¹¹ for |x| < 0.3. Relative error below 10⁻¹⁵ for |x| < 709.

    >>> abs(sinh(1.0) - math.sinh(1.0)) < 2e-15, abs(sinh(1e-3) / math.sinh(1e-3) - 1.0) < 1e-15
    (True, True)
    """
    if -0.3 < x < 0.3:
        z = x * x
        p = 1.0 / 39916800.0
        p = p * z + 1.0 / 362880.0
        p = p * z + 1.0 / 5040.0
        p = p * z + 1.0 / 120.0
        p = p * z + 1.0 / 6.0
        p = p * z + 1.0
        return x * p
    return 0.5 * (exp(x) - exp(-x))  # type: ignore[no-any-return]


@inline
def tanh(x: float) -> float:
    """tanh x = (1 − e^(−2|x|)) / (1 + e^(−2|x|)) with the sign of x; absolute error below 3·10⁻¹⁶.

    >>> tanh(0.0), abs(tanh(-2.0) - math.tanh(-2.0)) < 1e-15
    (0.0, True)
    """
    a = x if x >= 0.0 else -x
    e = exp(-2.0 * a)
    y = (1.0 - e) / (1.0 + e)
    return y if x >= 0.0 else -y


@inline
def inverse_normal_centre(q: float) -> float:
    """z with Φ(z) = ½ + q for |q| ≤ 0.425; see `inverse_normal`."""
    r = 0.180625 - q * q
    a = 2.5090809287301226727e3
    a = a * r + 3.3430575583588128105e4
    a = a * r + 6.7265770927008700853e4
    a = a * r + 4.5921953931549871457e4
    a = a * r + 1.3731693765509461125e4
    a = a * r + 1.9715909503065514427e3
    a = a * r + 1.3314166789178437745e2
    a = a * r + 3.3871328727963666080e0
    b = 5.2264952788528545610e3
    b = b * r + 2.8729085735721942674e4
    b = b * r + 3.9307895800092710610e4
    b = b * r + 2.1213794301586595867e4
    b = b * r + 5.3941960214247511077e3
    b = b * r + 6.8718700749205790830e2
    b = b * r + 4.2313330701600911252e1
    b = b * r + 1.0
    return q * a / b


@inline
def inverse_normal_side(u: float) -> float:
    """z with Φ(z) = u for 1.4·10⁻¹¹ < min(u, 1 − u) < 0.075; no branch but the sign's; see `inverse_normal`."""
    q = u - 0.5
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u)) - 1.6
    a = 7.74545014278341407640e-4
    a = a * r + 2.27238449892691845833e-2
    a = a * r + 2.41780725177450611770e-1
    a = a * r + 1.27045825245236838258e0
    a = a * r + 3.64784832476320460504e0
    a = a * r + 5.76949722146069140550e0
    a = a * r + 4.63033784615654529590e0
    a = a * r + 1.42343711074968357734e0
    b = 1.05075007164441684324e-9
    b = b * r + 5.47593808499534494600e-4
    b = b * r + 1.51986665636164571966e-2
    b = b * r + 1.48103976427480074590e-1
    b = b * r + 6.89767334985100004550e-1
    b = b * r + 1.67638483018380384940e0
    b = b * r + 2.05319162663775882187e0
    b = b * r + 1.0
    z = a / b
    return -z if q < 0.0 else z


@inline
def inverse_normal(u: float) -> float:
    """z with Φ(z) = u, 0 < u < 1; relative error below 2·10⁻¹⁵.

    Rational approximations PPND16 of M. J. Wichura, "Algorithm AS 241", Appl. Statist. 37, 477 (1988),
    doi:10.2307/2347330.

    >>> inverse_normal(0.5), round(inverse_normal(0.975), 6)
    (0.0, 1.959964)
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return inverse_normal_centre(q)
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        return inverse_normal_side(u)
    r = r - 5.0
    a = 2.01033439929228813265e-7
    a = a * r + 2.71155556874348757815e-5
    a = a * r + 1.24266094738807843860e-3
    a = a * r + 2.65321895265761230930e-2
    a = a * r + 2.96560571828504891230e-1
    a = a * r + 1.78482653991729133580e0
    a = a * r + 5.46378491116411436990e0
    a = a * r + 6.65790464350110377720e0
    b = 2.04426310338993978564e-15
    b = b * r + 1.42151175831644588870e-7
    b = b * r + 1.84631831751005468180e-5
    b = b * r + 7.86869131145613259100e-4
    b = b * r + 1.48753612908506148525e-2
    b = b * r + 1.36929880922735805310e-1
    b = b * r + 5.99832206555887937690e-1
    b = b * r + 1.0
    z = a / b
    return -z if q < 0.0 else z
