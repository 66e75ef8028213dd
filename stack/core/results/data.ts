/** Result types derived from schemas, so that each result is declared once. */
import type { z } from "zod";

/** The type that a schema describes, readonly at every level. */
export type Data<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;
