import { normalise } from './normalise.ts';

/** As in split.ts, whose types are published and so stand by themselves. */
type Vocabulary = Record<string, readonly string[]>;

/** The canonical phrases that a feature speaks of, in the order of their place in it; none: it is no amenity. */
export type FindAmenities = (feature: string) => readonly string[];

interface Phrase {
  canonical: string;
  words: string[];
  /** Lower wins: most words, then most characters, then first in the file. */
  rank: number;
}

interface Hit {
  phrase: Phrase;
  start: number;
}

/** A run asks with the same vocabulary for every listing; one that changes is a new object. */
const compiled = new WeakMap<Vocabulary, FindAmenities>();

/** A worker's memory has an end. */
const MOST_REMEMBERED = 5_000;

export function amenityFinder(vocabulary: Vocabulary): FindAmenities {
  const known = compiled.get(vocabulary);
  if (known) return known;
  const byFirstWord = Map.groupBy(phrasesOf(vocabulary), ({ words }) => words[0]);
  const find = remembered((feature) => {
    const words = wordsOf(feature);
    const hits = words.flatMap((word, start) =>
      (byFirstWord.get(word) ?? [])
        .filter((phrase) => phrase.words.every((one, n) => one === words[start + n]))
        .map((phrase) => ({ phrase, start })),
    );
    return longestFirst(hits).map(({ phrase }) => phrase.canonical);
  });
  compiled.set(vocabulary, find);
  return find;
}

/** Listings are described in the same few thousand words; most of the time goes into them. */
function remembered(find: FindAmenities): FindAmenities {
  const known = new Map<string, readonly string[]>();
  return (feature) => {
    const before = known.get(feature);
    if (before) return before;
    if (known.size === MOST_REMEMBERED) known.clear();
    const found = find(feature);
    known.set(feature, found);
    return found;
  };
}

/** Maximal runs of letters and digits. */
function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function phrasesOf(vocabulary: Vocabulary): Phrase[] {
  return Object.entries(vocabulary)
    .flatMap(([name, aliases]) => {
      const canonical = normalise(name);
      if (canonical === null) return [];
      const texts = [canonical, ...aliases.map(normalise).filter((text) => text !== null)];
      return texts.map((text) => ({ canonical, text, words: wordsOf(text) }));
    })
    .filter(({ words }) => words.length > 0)
    .sort((a, b) => b.words.length - a.words.length || [...b.text].length - [...a.text].length)
    .map(({ canonical, words }, rank) => ({ canonical, words, rank }));
}

/** Each word is used up by one hit: the longest takes its words first, the same phrase from the left. */
function longestFirst(hits: readonly Hit[]): Hit[] {
  const used = new Set<number>();
  return hits
    .toSorted((a, b) => a.phrase.rank - b.phrase.rank || a.start - b.start)
    .filter(({ phrase, start }) => {
      const places = phrase.words.map((_, n) => start + n);
      if (places.some((place) => used.has(place))) return false;
      for (const place of places) used.add(place);
      return true;
    })
    .sort((a, b) => a.start - b.start);
}
