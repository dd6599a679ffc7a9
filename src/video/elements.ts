/** The elements of Matroska that are looked at, by their ids. https://www.rfc-editor.org/rfc/rfc9559 */
export const elements = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  trackName: 0x536e,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  tags: 0x1254c367,
  tag: 0x7373,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagString: 0x4487,
  cluster: 0x1f43b675,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  referenceBlock: 0xfb,
  cues: 0x1c53bb6b,
  chapters: 0x1043a770,
  attachments: 0x1941a469,
} as const;

const { segment, cluster, ebml, seekHead, info, tracks, tags, cues, chapters, attachments } =
  elements;

/** Those that may have no size of their own: they end where an element begins that cannot be inside of them. */
export const mayBeUnsized = (id: number): boolean => id === segment || id === cluster;

const inSegment: ReadonlySet<number> = new Set([
  ...[cluster, seekHead, info, tracks, tags, cues, chapters, attachments],
]);

/** Whether an open element without a size ends where one with this id begins. */
export const ends = (open: number, id: number): boolean =>
  id === ebml || id === segment || (open === cluster && inSegment.has(id));

const masters: ReadonlySet<number> = new Set([
  ...[segment, cluster, info, tracks, tags],
  ...[elements.trackEntry, elements.tag, elements.simpleTag, elements.blockGroup],
]);

/** Whether its content are elements that are looked at. */
export const isMaster = (id: number): boolean => masters.has(id);
