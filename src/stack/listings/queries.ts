import { zpidOf } from './document.ts';
import { type Home, homeOf } from './home.ts';
import type { ListingPlan } from './plan.ts';

export type SplitField =
  | 'exterior_visual_features'
  | 'interior_visual_features'
  | 'amenities_visual_features';

/** What a buyer types, the field that is meant, and every listing for which it is true. */
export interface JudgedQuery {
  query: string;
  field: SplitField;
  relevant: string[];
}

/** Judged by what is true of the homes, not by any text. */
export function judgedQueries(plan: ListingPlan): JudgedQuery[] {
  const homes = Array.from({ length: plan.listings }, (_, number) => ({
    zpid: zpidOf(plan, number),
    home: homeOf(number, plan.seed),
  }));
  return QUERIES.map(({ query, field, holds }) => ({
    query,
    field: `${field}_visual_features` as const,
    relevant: homes.filter(({ home }) => holds(home)).map(({ zpid }) => zpid),
  }));
}

interface Question {
  query: string;
  field: 'exterior' | 'interior' | 'amenities';
  holds: (home: Home) => boolean;
}

const QUERIES: readonly Question[] = [
  exterior('white exterior', ({ color }) => color === 'white'),
  exterior('blue exterior', ({ color }) => color === 'blue'),
  exterior('gray exterior', ({ color }) => color === 'gray'),
  exterior('black exterior', ({ color }) => color === 'black'),
  exterior('green house', ({ color }) => color === 'green'),
  exterior('yellow house', ({ color }) => color === 'yellow'),
  exterior('brick exterior', ({ materials }) => materials.includes('brick')),
  exterior('stone exterior', ({ materials }) => materials.includes('stone')),
  exterior('wood exterior', ({ materials }) => materials.includes('wood')),
  exterior('modern style', ({ style }) => style === 'modern'),
  exterior('farmhouse style', ({ style }) => style === 'farmhouse'),
  exterior('white ranch', ({ style, color }) => style === 'ranch' && color === 'white'),
  exterior('red brick', ({ color, materials }) => color === 'red' && materials.includes('brick')),
  interior('white cabinets'),
  interior('gray cabinets'),
  interior('blue walls'),
  interior('green walls'),
  interior('brick floors'),
  interior('exposed brick wall'),
  interior('stone backsplash'),
  interior('black appliances'),
  interior('modern kitchen'),
  interior('farmhouse sink'),
  interior('gray carpet'),
  amenity('outdoor kitchen'),
  amenity('covered patio'),
  amenity('laundry room'),
  amenity('front porch'),
  amenity('screened porch'),
  amenity('home office'),
  amenity('wet bar'),
  // Every deck of the sample is of wood.
  amenity('wood deck', 'deck'),
  amenity('greenhouse'),
  amenity('fire pit'),
  amenity('mountain view'),
];

function exterior(query: string, holds: Question['holds']): Question {
  return { query, field: 'exterior', holds };
}

function interior(query: string): Question {
  return { query, field: 'interior', holds: ({ interior }) => interior.includes(query) };
}

function amenity(query: string, wanted: string = query): Question {
  return {
    query,
    field: 'amenities',
    holds: ({ amenities }) => amenities.some(({ name }) => name === wanted),
  };
}
