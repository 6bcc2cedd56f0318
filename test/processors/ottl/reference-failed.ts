/** Thrown where an evaluation of the reference fails. */
export class Failed extends Error {}
