/** Results as types: what a schema describes is declared once, by the schema. */
import type { z } from "zod";

/** The type that a schema describes, readonly at every level. */
export type Data<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;
