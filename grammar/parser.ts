// Tokens into a concrete syntax tree: declarations, statements and recipes, top to bottom as in dlm.ebnf.

import { ExpressionParser } from "./parser-expressions.ts";
import type { Rule } from "./parser-expressions.ts";
import * as t from "./tokens.ts";

/** After so many errors the rest is left unread: it is no program, and recovery from an error is slow. */
export const mostErrors = 1000;

/** The whole grammar. One instance serves a process: setting `input` starts it afresh. */
export class DlmParser extends ExpressionParser {
  constructor(options: { readonly validate: boolean }) {
    super(options.validate);
    this.performSelfAnalysis();
  }

  // file = { decl } ;
  readonly file: Rule = this.RULE("file", () => {
    this.MANY({
      GATE: () => this.errors.length < mostErrors,
      DEF: () => this.SUBRULE(this.decl),
    });
  });

  // decl = importDecl | netDecl | fnDecl | trainDecl | optimizerDecl | letStmt ;
  readonly decl: Rule = this.RULE("decl", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.importDecl) },
      { ALT: () => this.SUBRULE(this.netDecl) },
      { ALT: () => this.SUBRULE(this.fnDecl) },
      { ALT: () => this.SUBRULE(this.trainDecl) },
      { ALT: () => this.SUBRULE(this.optimizerDecl) },
      { ALT: () => this.SUBRULE(this.letStmt) },
    ]);
  });

  // importDecl = "import" "{" importItem { "," importItem } "}" "from" STRING ;
  readonly importDecl: Rule = this.RULE("importDecl", () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.LBrace);
    this.SUBRULE(this.importItem);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.importItem);
    });
    this.CONSUME(t.RBrace);
    this.CONSUME(t.From);
    this.CONSUME(t.String);
  });

  // importItem = name [ "as" name ] ;
  readonly importItem: Rule = this.RULE("importItem", () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Name);
    });
  });

  // netDecl = ( "model" | "block" | "cell" ) name params [ params ] [ result ] body ;
  readonly netDecl: Rule = this.RULE("netDecl", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Model) },
      { ALT: () => this.CONSUME(t.Block) },
      { ALT: () => this.CONSUME(t.Cell) },
    ]);
    this.CONSUME(t.Name);
    this.SUBRULE(this.params);
    this.OPTION(() => this.SUBRULE2(this.params));
    this.OPTION2(() => this.SUBRULE(this.result));
    this.SUBRULE(this.body);
  });

  // fnDecl = "fn" name params [ result ] ( "=" expr | body ) ;
  readonly fnDecl: Rule = this.RULE("fnDecl", () => {
    this.CONSUME(t.Fn);
    this.CONSUME(t.Name);
    this.SUBRULE(this.params);
    this.OPTION(() => this.SUBRULE(this.result));
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Equals);
          this.SUBRULE(this.expr);
        },
      },
      { ALT: () => this.SUBRULE(this.body) },
    ]);
  });

  // trainDecl = "train" name [ params ] "{" { trainItem } "}" ;
  readonly trainDecl: Rule = this.RULE("trainDecl", () => {
    this.CONSUME(t.Train);
    this.CONSUME(t.Name);
    this.OPTION(() => this.SUBRULE(this.params));
    this.CONSUME(t.LBrace);
    this.MANY(() => this.SUBRULE(this.trainItem));
    this.CONSUME(t.RBrace);
  });

  // optimizerDecl = "optimizer" name params params body ;
  readonly optimizerDecl: Rule = this.RULE("optimizerDecl", () => {
    this.CONSUME(t.Optimizer);
    this.CONSUME(t.Name);
    this.SUBRULE(this.params);
    this.SUBRULE2(this.params);
    this.SUBRULE(this.body);
  });

  // params = "(" [ param { "," param } ] ")" ;
  readonly params: Rule = this.RULE("params", () => {
    this.CONSUME(t.LParen);
    this.OPTION(() => {
      this.SUBRULE(this.param);
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.param);
      });
    });
    this.CONSUME(t.RParen);
  });

  // param = name [ ":" type ] [ "=" expr ] ;
  readonly param: Rule = this.RULE("param", () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expr);
    });
  });

  // result = "->" ( type | params ) ;
  readonly result: Rule = this.RULE("result", () => {
    this.CONSUME(t.Arrow);
    this.OR([{ ALT: () => this.SUBRULE(this.type) }, { ALT: () => this.SUBRULE(this.params) }]);
  });

  // type = name [ shape ] | shape ;
  readonly type: Rule = this.RULE("type", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.OPTION(() => this.SUBRULE(this.shape));
        },
      },
      { ALT: () => this.SUBRULE2(this.shape) },
    ]);
  });

  // shape = "[" [ dim { "," dim } ] "]" ;
  readonly shape: Rule = this.RULE("shape", () => {
    this.CONSUME(t.LBracket);
    this.OPTION(() => {
      this.SUBRULE(this.dim);
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.dim);
      });
    });
    this.CONSUME(t.RBracket);
  });

  // dim = "..." [ name ] | binary ;
  readonly dim: Rule = this.RULE("dim", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Ellipsis);
          this.OPTION(() => this.CONSUME(t.Name));
        },
      },
      { ALT: () => this.SUBRULE(this.binary) },
    ]);
  });

  // body = "{" { stmt } "}" ;
  readonly body: Rule = this.RULE("body", () => {
    this.CONSUME(t.LBrace);
    this.MANY(() => this.SUBRULE(this.stmt));
    this.CONSUME(t.RBrace);
  });

  // stmt = letStmt | storeStmt | nextStmt | requireStmt | penaltyStmt | returnStmt ;
  readonly stmt: Rule = this.RULE("stmt", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.letStmt) },
      { ALT: () => this.SUBRULE(this.storeStmt) },
      { ALT: () => this.SUBRULE(this.nextStmt) },
      { ALT: () => this.SUBRULE(this.requireStmt) },
      { ALT: () => this.SUBRULE(this.penaltyStmt) },
      { ALT: () => this.SUBRULE(this.returnStmt) },
    ]);
  });

  // letStmt = "let" name ( "[" binder { "," binder } "]" "=" expr
  //                      | "," name { "," name } "=" expr
  //                      | [ ":" type ] ( "=" | "~" ) expr ) ;
  readonly letStmt: Rule = this.RULE("letStmt", () => {
    this.CONSUME(t.Let);
    this.CONSUME(t.Name);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LBracket);
          this.SUBRULE(this.binder);
          this.MANY(() => {
            this.CONSUME(t.Comma);
            this.SUBRULE2(this.binder);
          });
          this.CONSUME(t.RBracket);
          this.CONSUME(t.Equals);
          this.SUBRULE(this.expr);
        },
      },
      {
        ALT: () => {
          this.CONSUME2(t.Comma);
          this.CONSUME2(t.Name);
          this.MANY2(() => {
            this.CONSUME3(t.Comma);
            this.CONSUME3(t.Name);
          });
          this.CONSUME2(t.Equals);
          this.SUBRULE2(this.expr);
        },
      },
      {
        ALT: () => {
          this.OPTION(() => {
            this.CONSUME(t.Colon);
            this.SUBRULE(this.type);
          });
          this.OR2([{ ALT: () => this.CONSUME3(t.Equals) }, { ALT: () => this.CONSUME(t.Tilde) }]);
          this.SUBRULE3(this.expr);
        },
      },
    ]);
  });

  // binder = name [ "<" binary ] ;
  readonly binder: Rule = this.RULE("binder", () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Less);
      this.SUBRULE(this.binary);
    });
  });

  // storeStmt = ( "param" | "buffer" | "state" ) name [ ":" type ] ( "=" | "~" ) expr ;
  readonly storeStmt: Rule = this.RULE("storeStmt", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Param) },
      { ALT: () => this.CONSUME(t.Buffer) },
      { ALT: () => this.CONSUME(t.State) },
    ]);
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OR2([{ ALT: () => this.CONSUME(t.Equals) }, { ALT: () => this.CONSUME(t.Tilde) }]);
    this.SUBRULE(this.expr);
  });

  // nextStmt = "next" name "=" expr ;
  readonly nextStmt: Rule = this.RULE("nextStmt", () => {
    this.CONSUME(t.Next);
    this.CONSUME(t.Name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expr);
  });

  // requireStmt = "require" expr [ "," STRING ] ;
  readonly requireStmt: Rule = this.RULE("requireStmt", () => {
    this.CONSUME(t.Require);
    this.SUBRULE(this.expr);
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.CONSUME(t.String);
    });
  });

  // penaltyStmt = "penalty" expr ;
  readonly penaltyStmt: Rule = this.RULE("penaltyStmt", () => {
    this.CONSUME(t.Penalty);
    this.SUBRULE(this.expr);
  });

  // returnStmt = "return" expr { "," expr } ;
  readonly returnStmt: Rule = this.RULE("returnStmt", () => {
    this.CONSUME(t.Return);
    this.SUBRULE(this.expr);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.expr);
    });
  });

  // trainItem = dataStmt | stepDecl | letStmt | minimizeStmt | metricStmt | requireStmt | setting ;
  readonly trainItem: Rule = this.RULE("trainItem", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.dataStmt) },
      { ALT: () => this.SUBRULE(this.stepDecl) },
      { ALT: () => this.SUBRULE(this.letStmt) },
      { ALT: () => this.SUBRULE(this.minimizeStmt) },
      { ALT: () => this.SUBRULE(this.metricStmt) },
      { ALT: () => this.SUBRULE(this.requireStmt) },
      { ALT: () => this.SUBRULE(this.setting) },
    ]);
  });

  // dataStmt = "data" param { "," param } ;
  readonly dataStmt: Rule = this.RULE("dataStmt", () => {
    this.CONSUME(t.Data);
    this.SUBRULE(this.param);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.param);
    });
  });

  // stepDecl = "step" name [ "repeat" binary ] "{" { stepItem } "}" ;
  readonly stepDecl: Rule = this.RULE("stepDecl", () => {
    this.CONSUME(t.Step);
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Repeat);
      this.SUBRULE(this.binary);
    });
    this.CONSUME(t.LBrace);
    this.MANY(() => this.SUBRULE(this.stepItem));
    this.CONSUME(t.RBrace);
  });

  // stepItem = letStmt | minimizeStmt | metricStmt ;
  readonly stepItem: Rule = this.RULE("stepItem", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.letStmt) },
      { ALT: () => this.SUBRULE(this.minimizeStmt) },
      { ALT: () => this.SUBRULE(this.metricStmt) },
    ]);
  });

  // minimizeStmt = "minimize" expr target { target } ;
  readonly minimizeStmt: Rule = this.RULE("minimizeStmt", () => {
    this.CONSUME(t.Minimize);
    this.SUBRULE(this.expr);
    this.AT_LEAST_ONE(() => this.SUBRULE(this.target));
  });

  // target = [ "over" path { "," path } ] "using" postfix [ "clip" binary ] ;
  readonly target: Rule = this.RULE("target", () => {
    this.OPTION(() => {
      this.CONSUME(t.Over);
      this.SUBRULE(this.path);
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.path);
      });
    });
    this.CONSUME(t.Using);
    this.SUBRULE(this.postfix);
    this.OPTION2(() => {
      this.CONSUME(t.Clip);
      this.SUBRULE(this.binary);
    });
  });

  // path = name { "." name } ;
  readonly path: Rule = this.RULE("path", () => {
    this.CONSUME(t.Name);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.Name);
    });
  });

  // metricStmt = "metric" name "=" expr ;
  readonly metricStmt: Rule = this.RULE("metricStmt", () => {
    this.CONSUME(t.Metric);
    this.CONSUME(t.Name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expr);
  });

  // setting = IDENT ":" expr ;
  readonly setting: Rule = this.RULE("setting", () => {
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expr);
  });
}
