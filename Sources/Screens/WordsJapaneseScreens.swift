extension Language {
    /// What stands on the screens beside the labels: notes, headings, footers, menus. Laid out as `japaneseTable` is.
    static let japaneseScreens = """
        ## 40 counts and notes
        1 machine | 機械 1 台
        %1 machines | 機械 %1 台
        , %1 running | 、実行中 %1
        %1 of %2 | %1 / %2
        %1 of %2: %3 | %2 件中 %1 件: %3
        %1 of %2 MB | %1 / %2 MB
        %1 of %2 MB resident | 常駐 %1 / %2 MB
        %1 MB resident | 常駐 %1 MB
        %1 MB configured | 割当 %1 MB
        %1% of one CPU | CPU 1 個の %1%
        %1, %2% hits | %1、命中 %2%
        %1 min | %1 分
        %1 s | %1 秒
        %1 h | %1 時間
        %1 d | %1 日
        %1 y | %1 年
        under 1 s | 1 秒未満
        about %1 s | 約 %1 秒
        for %1 | %1前から
        %1 for %2 | %1（%2）
        , %1 | （%1）
        , %1 ago | （%1前）
        last 60 s | 直近 60 秒
        every %1 s | %1 秒ごと
        1 viewer | 閲覧者 1
        %1 viewers | 閲覧者 %1
        %1 CPU, %2 MB | CPU %1 個、%2 MB
        %1 CPUs, %2 MB | CPU %1 個、%2 MB
        %1 more below | 下に %1 行
        1 more line below | 下に 1 行
        %1 more lines below | 下に %1 行
        and %1 more | ほか %1
        1 line | 1 行
        %1 lines | %1 行
        %1 marked | 印 %1
        Marked | 印つき
        1 event | 出来事 1 件
        %1 events | 出来事 %1 件
        1 event, no filter | 出来事 1 件、絞り込みなし
        %1 events, no filter | 出来事 %1 件、絞り込みなし
        %1 events match %2 | %1 件が %2 に一致
        %1    machine, text | %1    機械、本文
        %1 of %2    job, machine, message | %1 / %2    作業、機械、内容
        %1 of %2, PgDn | %1 / %2、PgDn
        lines %1-%2 of %3 | %1-%2 行目（全 %3 行）
        rows %1-%2 | %1-%2 行目 | 12
        rows %1-%2 of %3%4 | %1-%2 行 / %3%4
        columns %1-%2 of %3 | %1-%2 桁 / %3
        , %1 above | 、上に %1
        , %1 below | 、下に %1
        1 change | 変更 1 件
        %1 changes | 変更 %1 件
        step %1 of 3 | 手順 %1 / 3

        ## 60 overview and its detail
        restore | 再開 | 12
        Speed | 速度 | 8
        Disk | ディスク | 10
        Disk %1 | HDD %1 | 10
        CPU % | CPU%
        reading … | 読込中…
        waiting | 待機中
        none | なし
        cannot be read | 読めません
        power %1 | 電源 %1 | 13
        On the screen | 画面の文字
        Samples to fetch | 取得できる見本
        from the Debian archive, signature checked | Debian の書庫から、署名を確認
        Machines live in %1. | 機械の置き場所は %1。
        Nothing was downloaded. | まだ何も取得していません。
        cancel the fetch | 取得をやめる
        unmark | 印を外す
        Last events | 最近の出来事
        none since Vitrine started | 起動後はなし
        Enter types into it | Enter で入力
        the screen is blank | 画面は空です
        no picture yet | まだ画面なし
        screen %1 | 画面 %1
        %1x%2, text | %1x%2、文字
        Together | 合計 | 10
        Valid now | 今できる | 10
        Not now | 今は不可 | 10
        On | 稼働 | 10
        Saved | 保存 | 10
        Power | 電源 | 10
        saved %1 | %1 に保存
        button pressed, %1 left | 押しました、残り %1
        peak %1 | 最大 %1
        Interrupts | 割り込み | 10
        Disk read | 読み込み | 10
        Disk write | 書き込み | 10
        Kernel | カーネル | 10
        Initrd | RAMディスク | 12
        Arguments | 引数 | 10
        Firmware | ファーム | 10
        floppy | フロッピ | 11
        the kernel below | 下のカーネル
        read-only | 読取専用
        , read-only | 、読取専用
        , interpreted | 、インタプリタ | 14
        shows a VMware leaf, for its pointer | ポインタのため VMware と名乗る
        what is written is lost at the end | 書いたものは終了時に消えます
        its folder | 専用フォルダ
        fetched | 取得したもの
        comes with Vitrine | Vitrine に付属
        translations/s | 翻訳/秒
        Exits/s | 離脱/秒 | 10
        to code without a link yet | まだ連結のない先へ
        look-ups that failed | 表になかった
        interrupts and changed code | 割り込みと書き換え
        rests of blocks interpreted | ブロックの残りを解釈
        faults | 例外
        time slices used up | 持ち時間切れ
        stacks across two pages | 頁境界のスタック
        code beyond its segment | セグメント外の命令
        memory accesses, slow way | 遅い経路のメモリ参照
        instructions interpreted | 解釈した命令
        name, tag, state, note; // searches screens | 名前、タグ、状態、メモ。// で画面を検索
        text on the screens of machines that live | 動いている機械の画面の文字
        keep filter | 決める
        complete | 補完
        nothing matches | 該当なし

        ## 30 console
        %1 then | %1 に続けて
        Send key | キー送信
        Send F1 to F12 | F1 から F12 を送信
        Send Ctrl-Alt-F1 to F12 | Ctrl-Alt-F1〜F12 を送信
        Hold for the next key | 次のキーまで押したまま
        leave, it keeps running | 出る（機械は動き続ける）
        send Ctrl-Alt-Del | Ctrl-Alt-Del を送信
        send another key | ほかのキーを送信
        previous machine | 前の機械
        next machine | 次の機械
        press the power button | 電源ボタンを押す
        reset, asks first | リセット（確認あり）
        change CD or floppy | CD やフロッピを交換
        select and copy text | 文字を選んで複写
        paste as typing | 打鍵として貼り付け
        scrollback | 流れた行を見る
        show the rows above | 上の行を見る
        show the rows below | 下の行を見る
        picture to a file | 画面をファイルに保存
        next tab: serial port | 次のタブ（シリアル）
        next tab: %1 | 次のタブ: %1
        screen | 画面
        send %1 itself | %1 そのものを送信
        Ctrl-Alt-F1 to F12   › | Ctrl-Alt-F1〜F12    ›
        Alt-SysRq and a letter | Alt-SysRq と英字
        Windows key | Windows キー
        Menu key | メニューキー
        hold Ctrl, Alt, Shift › | Ctrl, Alt, Shift 保持 ›
        type any key name | キー名で指定
        q leaves | q 出る | 8
        ? menu | ? 操作 | 6
        key | キー
        sends | 送る
        stops | 止める
        keeps it | 決める
        starts | 開始
        anew | やり直す
        copies | 複写
        leaves | 抜ける
        lines | 行
        rectangle | 矩形
        search | 検索
        next, previous | 次、前
        ends the search | 検索をやめる
        back to the guest | ゲストへ戻る
        back to the menu | メニューへ戻る
        back to the guest; keys typed now stay here | ゲストへ戻る。今のキーは届きません | 43
        the screen is blank; keys still reach the guest | 画面は空です。キーはゲストに届きます | 47
        holding %1 for the next key | %1 を次のキーまで保持
        typing %1 of %2 | 入力中 %1 / %2
        %1 selected | %1 行選択
        scrollback: 1 line | 流れた行: 1
        scrollback: %1 lines | 流れた行: %1

        ## 62 wall, load, jobs, log, report
        Arrows | 矢印
        zoom | 拡大
        tile size | 大きさ
        choose | 選ぶ
        Enter keeps it  Esc shows all | Enter 決める  Esc 全部
        Host | ホスト
        now | 現在
        peak | 最大
        used | 使用
        mean | 平均
        Sum | 合計 | 4
        to CSV | CSV へ
        panel | 欄
        ends the file | 書き出し終了
        Disk  read %1  write %2 KiB/s | ディスク  読 %1  書 %2 KiB/s
        used% | 使用% | 6
        trans/s | 翻訳/s | 7
        exits/s | 離脱/s | 7
        irq/s | 割込/s | 6
        hit% | 命中% | 6
        cache MB | 控え MB | 8
        size MB | 割当 MB | 7
        resident MB | 常駐 MB | 11
        cache size MB | 控え枠 MB | 13
        read KiB/s | 読込 KiB/s | 10
        write KiB/s | 書込 KiB/s | 11
        Job | 作業 | 18
        Progress | 進み | 10
        Left | 残り | 5
        Finished | 終わったもの
        kept for 7 days | 7 日間残ります
        Fetch sample | 見本の取得 | 18
        Save state | 状態保存 | 18
        Restore state | 状態復元 | 18
        Clone | 複製 | 18
        Fetch sample %1 | %1 を取得
        Save state %1 | %1 の状態保存
        Restore state %1 | %1 の状態復元
        queued | 待ち
        done | 完了
        failed | 失敗
        cancelled | 中止
        %1, gone | %1（もうありません）
        End | 結果 | 10
        Now | 現在 | 10
        Done | 済み | 10
        Rate | 速さ | 10
        Started | 開始 | 10
        Took | 所要 | 10
        Again | 再実行 | 10
        not possible: it ends by itself | できません。自然に終わります
        from the list: it asks first | 一覧から（確認あり）
        keeps what has come; the next start goes on from there | 届いた分は残り、次の起動で続きます
        the machine goes on; the half-written state is removed | 機械は続き、書きかけの状態は消します
        the saved state stays as it is | 保存した状態はそのままです
        removes the half-made copy; the original is only read | 作りかけの写しを消します。元は読むだけです
        what has not moved yet stays | まだ移していないものは残ります
        cancel job | 作業をやめる
        open machine | 機械を開く
        host | ホスト
        machine | 機械
        following | 追っています
        Write to: | 保存先:
        write | 書く
        start again | 再び起動
        What now | これから
        %1 crashed | %1 は異常終了しました

        ## 66 palette, help, settings
        Command | 命令
        Console of %1 | %1 の画面
        Go to %1 | %1 へ移動
        Its screen, to type into. | 画面を出して入力します。
        Selects it in the list. | 一覧で選びます。
        Theme %1 | 配色 %1
        worn now | 使用中
        The whole screen wears it, from now on. | 画面全体をこの配色にします。
        run | 実行
        next match | 次の一致
        next | 次
        previous | 前
        no key | キーなし
        %1 to %2 | %1〜%2
        after %1 | %1 の後
        on %1 | %1 に対して
        on %1 marked machines | 印つき %1 台に対して
        Everywhere | どこでも
        Reading the list | 一覧の見方
        Reading the page | 頁の見方
        / searches   Esc closes | / 検索   Esc 閉じる | 23
        form | 編集
        kept in settings.json | settings.json に保存
        How Vitrine looks and behaves | 見た目と動作
        Keys | キー
        action, keys, where | 操作、キー、場所
        press a key | キーを押す
        keys, line %1 | keys %1 行 | 14
        everywhere | どこでも
        Key for: %1 | キー: %1
        Glyphs | 記号 | 15
        Colour | 色 | 15
        Reduce motion | 動きを減らす | 15
        Figures every | 数字の間隔 | 15
        Host key | ホストキー | 15
        Bell | ベル | 15
        Language | 言語 | 15
        auto | 自動 | 10
        always | 常に | 10
        never | 使わない | 10
        leave it | そのまま
        another key | 別のキー
        the old one back | 元に戻す
        change | 変える
        as at first | 初期値
        there is no colour in it | 色がありません

        ## 38 too small a window
        Vitrine needs 40 x 12 | 40 x 12 が必要です
        this is       %1 x %2 | 今は    %1 x %2
        1 machine runs on. | 機械 1 台は動いています。
        %1 machines run on. | 機械 %1 台は動いています。
        Make the window larger, | 窓を広げるか、
        or press q to quit. | q で終了します。
        1 machine still runs. | 機械 1 台が動いています。
        %1 machines still run. | 機械 %1 台が動いています。
        q turns it off and quits; | q で電源を切って終了、
        q turns them off and quits; | q で電源を切って終了、
        any other key goes on. | ほかのキーで続けます。
        """
}
