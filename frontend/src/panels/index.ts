/** The panels around the canvas. */
export {}
