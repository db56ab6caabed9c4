// Functions of emitted code that JavaScript lacks.

/** The error function, to a few units in the last place of a double: W. J. Cody, "Rational Chebyshev approximations for the error function" (1969). */
export const erf = (x: number): number => {
  const y = Math.abs(x);
  if (y <= 0.46875) return x * nearZero(x * x);
  const value = 1 - Math.exp(-y * y) * (y <= 4 ? middle(y) : tail(y));
  return x < 0 ? -value : value;
};

/** erf(x) / x by s = x². */
const nearZero = (s: number): number =>
  ((((0.185777706184603153 * s + 3.1611237438705656) * s + 113.864154151050156) * s +
    377.485237685302021) *
    s +
    3209.37758913846947) /
  ((((s + 23.6012909523441209) * s + 244.024637934444173) * s + 1282.61652607737228) * s +
    2844.23683343917062);

/** erfc(y) · exp(y²) between 0.46875 and 4. */
const middle = (y: number): number =>
  ((((((((2.15311535474403846e-8 * y + 0.564188496988670089) * y + 8.88314979438837594) * y +
    66.1191906371416295) *
    y +
    298.635138197400131) *
    y +
    881.95222124176909) *
    y +
    1712.04761263407058) *
    y +
    2051.07837782607147) *
    y +
    1230.33935479799725) /
  ((((((((y + 15.7449261107098347) * y + 117.693950891312499) * y + 537.181101862009858) * y +
    1621.38957456669019) *
    y +
    3290.79923573345963) *
    y +
    4362.61909014324716) *
    y +
    3439.36767414372164) *
    y +
    1230.33935480374942);

/** erfc(y) · exp(y²) above 4. */
const tail = (y: number): number => {
  if (y > 27) return 0;
  const s = 1 / (y * y);
  const fraction =
    (s *
      (((((0.0163153871373020978 * s + 0.305326634961232344) * s + 0.360344899949804439) * s +
        0.125781726111229246) *
        s +
        0.0160837851487422766) *
        s +
        0.000658749161529837803)) /
    (((((s + 2.56852019228982242) * s + 1.87295284992346725) * s + 0.527905102951428412) * s +
      0.0605183413124413191) *
      s +
      0.00233520497626869185);
  return (1 / Math.sqrt(Math.PI) - fraction) / y;
};
