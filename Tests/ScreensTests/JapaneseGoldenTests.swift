import Configuration
import Contract
import Foundation
import TUI
import Testing

@testable import Screens

/// Whole screens in Japanese: the English grid, and the words of the table.
@Suite struct JapaneseGoldenTests {
    @Test func overview() {
        let harness = JapaneseTests.day()
        harness.expect(
            """
             Vitrine  1 一覧      2 壁面  3 負荷  4 作業  5 記録    cpu 52%  mem 16%  14:32
                名前 ▾          状態           CPU        %  MIPS  メモリMB  画面    タグ
              ● debian-mini     実行中    48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         実行中     3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             一時停止  12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        保存済み   6d                         /  64          ibm
              ✖ toyos           異常終了   4m                         /  64          lab
              ● win31           実行中    26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           実行中     2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ─┤ 概要 ├─ 画面 ── 構成 ── ディスク ── 記録 ── 負荷 ────────────────────────────
              プロセッサ 486                          ┌ 80x25 ─────────────── 18-25 行目 ─┐
              メモリ     常駐 9 / 16 MB               │ Directory of C:\\GAMES             │
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │                                   │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │KEEN1    EXE    51,190  12-14-90   │
              ディスク          ▁▁▁▁▁▁▁▁▁     0 kB/s  │SOKOBAN  COM    11,776  02-02-89   │
              画面       127.0.0.1:5901  閲覧者なし   │README   TXT     2,048  03-14-96   │
              HDD hda    freedos.vhd                  │    3 file(s)      65,014 bytes    │
              フロッピA  空                           │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              メモ       Till software, do not reset  └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. 選んで Enter で報告を表示。
             Enter 画面  P 一時停止  V 状態保存  B 電源ボタン  M メディア  : 他  ? ヘルプ
            """)
    }

    @Test func consoleMenu() {
        let harness = JapaneseTests.day()
        harness.press(.enter, HostKey.standard)
        harness.wait(1)
        harness.expect(
            """



              ┌ Ctrl-] に続けて ───────────────────┐
              │▸ q       出る（機械は動き続ける）  │
              │  Del     Ctrl-Alt-Del を送信       │
              │  s       ほかのキーを送信          │
              │  left    前の機械                  │
              │  right   次の機械                  │
              │  p       一時停止                  │
              │  b       電源ボタンを押す          │
              │  r       リセット（確認あり）      │
              │  m       CD やフロッピを交換       │
              │  c       文字を選んで複写          │
              │  v       打鍵として貼り付け        │
              │  PgUp    流れた行を見る            │
              │  up      上の行を見る              │
            K │  down    下の行を見る              │
            S │  g       画面をファイルに保存      │
            R │  Ctrl-]  Ctrl-] そのものを送信     │
              └────────────────────────────────────┘
                1 dir(s)  412,303,360 bytes free
            C:\\GAMES>
             ● freedos   Esc ゲストへ戻る。今のキーは届きません                3-25 行 / 25
            """)
        harness.press(.escape)
        #expect(harness.frame.lines[23] == " ● freedos   Ctrl-] q 出る   Ctrl-] ? 操作                 3-25 行 / 25、上に 2")
    }

    @Test func quitting() {
        let harness = JapaneseTests.day()
        harness.press(.character("q"))
        harness.expect(
            """
             Vitrine  1 一覧      2 壁面  3 負荷  4 作業  5 記録    cpu 52%  mem 16%  14:32
                名前 ▾          状態           CPU        %  MIPS  メモリMB  画面    タグ
              ● debian-mini     実行中    48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         実行中     3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt ┌ Vitrine を終了 ────────────────────────────────────────────────┐ ab
              ◆ os │                                                                │ bm
              ✖ to │  機械 5 台がこのプロセスの中にあり、一緒に終わります。         │ ab
              ● wi │                                                                │ os
              ● wi │    ● debian-mini      71 MB   状態保存 約 1 秒                 │ ab
                   │    ● freedos           9 MB   状態保存 1 秒未満                │
                   │    ‖ nt4             118 MB   状態保存 約 1 秒                 │
            ─┤ 概  │    ● win31            14 MB   状態保存 1 秒未満                │ ──────
              プロ │    ● win98            96 MB   状態保存 約 1 秒                 │ 目 ─┐
              メモ │                                                                │     │
              CPU  │  書き込みは最大 308 MB。次の起動では続きから動きます。         │     │
              MIPS │                                                                │ 0   │
              ディ │  [▸保存して終了 ]  [ 電源ボタン ]  [ 切る ]  [ 留まる ]        │ 9   │
              画面 │                                                                │ 6   │
              HDD  └────────────────────────────────────────────────────────────────┘     │
              フロッピA  空                           │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              メモ       Till software, do not reset  └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. 選んで Enter で報告を表示。
             s 保存して終了  p 電源ボタン  t 電源を切る  Esc 留まる
            """)
    }

    @Test func deleting() {
        let harness = JapaneseTests.day()
        harness.press(.down, .down, .character("D"))
        harness.type("os2")
        harness.expect(
            """
             Vitrine  1 一覧      2 壁面  3 負荷  4 作業  5 記録    cpu 52%  mem 16%  14:32
                名前 ▾          状態           CPU        %  MIPS  メモリMB  画面    タグ
              ● debian-mini     実行中    48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
              ● fr ┌ os2-warp を削除 ───────────────────────────────────────────────┐ os
              ‖ nt │                                                                │ ab
            ▸ ◆ os │  os2-warp とフォルダの中身をごみ箱に移します:                  │ bm
              ✖ to │                                                                │ ab
              ● wi │    os2-warp.vhd         HDD hda                                │ os
              ● wi │    data.vhd             HDD hdb                                │ ab
                   │    状態                 保存状態     29 MB, 3月8日             │
                   │                                                                │
            ─┤ 概  │  warp4.iso はフォルダの外にあるので残ります。                  │ ──────
              プロ │  ごみ箱に 3月21日 まで残ります。u で元に戻せます。             │ ────┐
              メモ │                                                                │     │
              保存 │  確認のため os2-warp と入力                                    │     │
              HDD  │▸ [ os2                              ]  あと 5 文字             │     │
              HDD  │                                                                │     │
              CD h │  [ やめる ]  ( 削除 )                                          │     │
              タグ │                                                                │     │
                   └────────────────────────────────────────────────────────────────┘     │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. 選んで Enter で報告を表示。
             Enter 名前がそろえば削除  Tab ボタン  Esc やめる
            """)
    }

    @Test func editing() {
        let harness = JapaneseTests.day()
        var configuration = MachineConfiguration(name: "toyos")
        configuration.memoryMiB = 64
        harness.knowsImages(configuration: configuration)
        harness.press(.down, .down, .down, .character("E"), .tab, .tab, .tab)
        harness.expect(
            """
             toyos の編集     異常終了
            ─┤ 機械 ├─ ドライブ ── ポート ── 画面 ── 詳細 ──────────────────────────────────

              名前           [ toyos                        ]
              タグ           [                              ]
              プロセッサ     ‹ 全機能                       ›
            ▸ メモリ         [ 64 MB                        ]   4〜3584 MB
              起動順         ‹ フロッピ、C、CD              ›
              キーボード     ‹ US                           ›
              メモ           [                              ]

              [ ] 絶対座標ポインタ           [ ] ディスクを変えない

              [ 保存 ]  [ やめる ]




            ─┤ メモリ ├─────────────────────────────────────────────────────────────────────
              ゲストが起動時に見つける量です。ホストはゲストが初めて書いた頁だけ割り当てる
              ため、大きくても使うまで負担はありません。
              例: 96、96M、1.5G、1536 MB。

             Ctrl-S 保存  Tab 次  PgDn タブ  F3 元ファイル  Esc やめる  F1 ヘルプ
            """)
    }

    @Test func help() {
        let harness = JapaneseTests.day()
        harness.press(.character("?"))
        harness.expect(
            """
             使い方   一覧                                              / 検索   Esc 閉じる
            ─┤ 見る ├───────────────────────────────────────────────────────────────────────
              Enter         画面、起動、報告          y             番地を複写
              j  k          選択（Down, Up も）       :  Ctrl-P     すべての命令
              g  G          先頭、末尾                t  ,          配色、設定
              PgUp  PgDn    前の頁、次の頁            ?  F1         ヘルプ
              [  ]          詳細のタブ                q  F10        戻る、または終了
              1〜5          表示                      Ctrl-Y        この画面を画像に保存
              Space  a      印、全部に印              Ctrl-L        全部描き直す
              /             絞り込み                  Ctrl-Z        中断
              o  O          並べ替え、逆順            Ctrl-C        作業中止、または終了
              +  _          大きく、小さく
            ─┤ 操作 ├──────────────────────────────────────────────────── freedos に対して ─
              S  F5         起動              実行中  K             キー送信
              P  F6         一時停止、再開            N  Ins        新しい機械
              V  F7         状態保存                  E  F2         編集
              B  F8         電源ボタン                C             複製      先に電源を切る
              T             電源を切る                D  Del        削除      先に電源を切る
              R             リセット                  #             タグ
              X             保存した状態を破棄 保存…  u  Ctrl-R     戻す、やり直す
              M  F4         CD やフロッピを交換
            ─┤ 一覧の見方 ├─────────────────────────────────────────────────────────────────
             下に 4 行
             / 検索  PgDn 他  : すべての命令  Esc 閉じる
            """)
    }
}
