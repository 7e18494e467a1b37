/** What a way of running OpenSearch is told. */
export interface Wanted {
  /** All that it keeps lies below. */
  folder: string;
  /** No other data folder's server has it: so nobody takes a neighbour on his port for his own. */
  cluster: string;
  port: number;
  transportPort: number;
}
