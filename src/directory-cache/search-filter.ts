export interface SearchFilter {
  /** Finds what has, or lies below, a name with a leading dot or a hidden or system attribute. */
  readonly hidden: boolean;
  /** Finds files, too. */
  readonly files: boolean;
  readonly limit: number;
}
