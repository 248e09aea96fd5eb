/** Puts the shape that is named in the environment there itself, scaled, as `orders.ts` wants it. */
import { scaleShape, shapeNamed, shapes } from '../shapes/shapes.ts';

const name = __ENV.STORMPROOF_SHAPE ?? 'smoke';
const named = shapeNamed(name);
if (named === undefined) {
  throw new Error(`there is no shape ${name}; known: ${shapes.map((shape) => shape.name).join(', ')}`);
}
const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
const shape = scaleShape(named, {
  rate: number(__ENV.STORMPROOF_RATE),
  time: number(__ENV.STORMPROOF_SCALE),
});
__ENV.STORMPROOF_SHAPE = JSON.stringify(shape);
__ENV.STORMPROOF_RETRY ??= JSON.stringify(shape.retry ?? {});
