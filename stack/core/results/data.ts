/** Results as types: what a schema describes is declared once, by the schema. */
import type { z } from "zod";

/** What a schema's JSON holds, readonly all the way down: whoever gets a result does not change it. */
export type Data<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;
