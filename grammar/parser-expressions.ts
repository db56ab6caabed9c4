// Tokens into a concrete syntax tree: expressions, pipelines and stages, top to bottom as in dlm.ebnf.

import { CstParser } from "chevrotain";
import type { CstNode, ParserMethod, TokenType } from "chevrotain";
import { expectedText } from "./expected.ts";
import * as t from "./tokens.ts";

export type Rule = ParserMethod<[], CstNode>;

/** The half of the grammar that follows `=`. Operators stay a flat list; `precedence.ts` makes the tree. */
export abstract class ExpressionParser extends CstParser {
  constructor(validate: boolean) {
    super(t.allTokens, {
      maxLookahead: 1,
      recoveryEnabled: true,
      nodeLocationTracking: "onlyOffset",
      skipValidations: !validate,
      errorMessageProvider: expectedText,
    });
  }

  /** Brackets balance before parsing (`repair.ts`), so an invented token could only mislead. */
  override canTokenTypeBeInsertedInRecovery(_token: TokenType): boolean {
    return false;
  }

  // expr = ifExpr | binary { "->" stage } ;
  readonly expr: Rule = this.RULE("expr", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.ifExpr) },
      {
        ALT: () => {
          this.SUBRULE(this.binary);
          this.MANY(() => {
            this.CONSUME(t.Arrow);
            this.SUBRULE(this.stage);
          });
        },
      },
    ]);
  });

  // ifExpr = "if" expr "then" expr "else" expr ;
  readonly ifExpr: Rule = this.RULE("ifExpr", () => {
    this.CONSUME(t.If);
    this.SUBRULE(this.expr);
    this.CONSUME(t.Then);
    this.SUBRULE2(this.expr);
    this.CONSUME(t.Else);
    this.SUBRULE3(this.expr);
  });

  // stage = repeatStage | scanStage | postfix ;
  readonly stage: Rule = this.RULE("stage", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.repeatStage) },
      { ALT: () => this.SUBRULE(this.scanStage) },
      { ALT: () => this.SUBRULE(this.postfix) },
    ]);
  });

  // repeatStage = "repeat" [ name "in" ] binary stages ;
  readonly repeatStage: Rule = this.RULE("repeatStage", () => {
    this.CONSUME(t.Repeat);
    this.OPTION({
      MAX_LOOKAHEAD: 2,
      DEF: () => {
        this.CONSUME(t.Name);
        this.CONSUME(t.In);
      },
    });
    this.SUBRULE(this.binary);
    this.SUBRULE(this.stages);
  });

  // scanStage = "scan" name [ "reverse" ] [ "where" binary ] [ "from" binary ] stages ;
  readonly scanStage: Rule = this.RULE("scanStage", () => {
    this.CONSUME(t.Scan);
    this.CONSUME(t.Name);
    this.OPTION(() => this.CONSUME(t.Reverse));
    this.OPTION2(() => {
      this.CONSUME(t.Where);
      this.SUBRULE(this.binary, { LABEL: "mask" });
    });
    this.OPTION3(() => {
      this.CONSUME(t.From);
      this.SUBRULE2(this.binary, { LABEL: "start" });
    });
    this.SUBRULE(this.stages);
  });

  // stages = "{" stage { "->" stage } "}" ;
  readonly stages: Rule = this.RULE("stages", () => {
    this.CONSUME(t.LBrace);
    this.SUBRULE(this.stage);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE2(this.stage);
    });
    this.CONSUME(t.RBrace);
  });

  // binary = unary { BINOP unary } ;
  readonly binary: Rule = this.RULE("binary", () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.CONSUME(t.BinOp);
      this.SUBRULE2(this.unary);
    });
  });

  // unary = { "-" | "not" } postfix ;
  readonly unary: Rule = this.RULE("unary", () => {
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(t.Minus) }, { ALT: () => this.CONSUME(t.Not) }]);
    });
    this.SUBRULE(this.postfix);
  });

  // postfix = primary { suffix } ;
  readonly postfix: Rule = this.RULE("postfix", () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.suffix));
  });

  // suffix = "(" [ arg { "," arg } ] ")" | "[" index { "," index } "]" | "." anyName ;
  readonly suffix: Rule = this.RULE("suffix", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.OPTION(() => {
            this.SUBRULE(this.arg);
            this.MANY(() => {
              this.CONSUME(t.Comma);
              this.SUBRULE2(this.arg);
            });
          });
          this.CONSUME(t.RParen);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LBracket);
          this.SUBRULE(this.index);
          this.MANY2(() => {
            this.CONSUME2(t.Comma);
            this.SUBRULE2(this.index);
          });
          this.CONSUME(t.RBracket);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.AnyName);
        },
      },
    ]);
  });

  // arg = [ anyName "=" ] expr ;
  readonly arg: Rule = this.RULE("arg", () => {
    this.OPTION({
      MAX_LOOKAHEAD: 2,
      DEF: () => {
        this.CONSUME(t.AnyName);
        this.CONSUME(t.Equals);
      },
    });
    this.SUBRULE(this.expr);
  });

  // index = ":" [ expr ] | expr [ ":" [ expr ] ] ;
  readonly index: Rule = this.RULE("index", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Colon);
          this.OPTION(() => this.SUBRULE(this.expr));
        },
      },
      {
        ALT: () => {
          this.SUBRULE2(this.expr);
          this.OPTION2(() => {
            this.CONSUME2(t.Colon);
            this.OPTION3(() => this.SUBRULE3(this.expr));
          });
        },
      },
    ]);
  });

  // primary = name | INT | FLOAT | STRING | "true" | "false" | "next" name
  //         | "(" expr { "," expr } ")" | "[" [ item { "," item } ] "]" ;
  readonly primary: Rule = this.RULE("primary", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Name) },
      { ALT: () => this.CONSUME(t.Int) },
      { ALT: () => this.CONSUME(t.Float) },
      { ALT: () => this.CONSUME(t.String) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      {
        ALT: () => {
          this.CONSUME(t.Next);
          this.CONSUME2(t.Name);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.SUBRULE(this.expr);
          this.MANY(() => {
            this.CONSUME(t.Comma);
            this.SUBRULE2(this.expr);
          });
          this.CONSUME(t.RParen);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LBracket);
          this.OPTION(() => {
            this.SUBRULE(this.item);
            this.MANY2(() => {
              this.CONSUME2(t.Comma);
              this.SUBRULE2(this.item);
            });
          });
          this.CONSUME(t.RBracket);
        },
      },
    ]);
  });

  // item = "..." [ name ] | expr ;
  readonly item: Rule = this.RULE("item", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Ellipsis);
          this.OPTION(() => this.CONSUME(t.Name));
        },
      },
      { ALT: () => this.SUBRULE(this.expr) },
    ]);
  });
}
