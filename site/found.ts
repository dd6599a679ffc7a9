/** A passage as the search of the browser has it: page and heading, text, where it stands, how much it weighs. */
export type Found = readonly [
  page: string,
  heading: string,
  text: string,
  url: string,
  weight: number,
];
