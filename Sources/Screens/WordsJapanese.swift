extension Language {
    /// English and Japanese, a pair a line. `## 9` says how many cells there are for those below; a number behind a pair is that pair's own.
    /// `%1` and `%2` are what is filled in.
    static let japaneseTable = [japaneseLabels, japaneseScreens, japaneseSentences, japaneseForms, japaneseHelp].joined(separator: "\n")

    private static let japaneseLabels = """
        ## 9 states
        running | 実行中
        paused | 一時停止
        off | 停止
        saved | 保存済み
        starting | 起動中
        restoring | 復元中
        stopping | 終了中
        saving | 保存中
        crashed | 異常終了
        disk full | 容量不足

        ## 10 views, tabs and headings
        Machines | 一覧
        Wall | 壁面 | 6
        Load | 負荷 | 6
        Jobs | 作業 | 6
        Log | 記録 | 5
        Summary | 概要 | 7
        Console | 画面 | 7
        Hardware | 構成 | 8
        Disks | ディスク | 8
        Report | 報告 | 6
        Name | 名前 | 15
        State | 状態 | 9
        Mem MB | メモリMB | 9
        Screen | 画面 | 7
        Tags | タグ | 6
        Time | 時刻 | 8
        Machine | 機械 | 15
        Event | 出来事
        Help | 使い方 | 8
        Settings | 設定
        Theme | 配色
        Themes | 配色
        Preview | 見本
        Look | 見る
        Act | 操作

        ## 10 facts
        Processor | プロセッサ
        Memory | メモリ
        Code cache | 命令の控え
        Floppy A | フロッピA
        Floppy B | フロッピB
        Notes | メモ
        Image | イメージ
        Boots from | 起動順
        no viewers | 閲覧者なし
        empty | 空

        ## 12 footers
        console | 画面
        start | 起動 | 5
        report | 報告
        fetch and start | 取得して起動 | 15
        select | 選択
        first | 先頭
        last | 末尾
        page | 頁
        move | 移動
        tab | タブ
        machines | 一覧
        wall | 壁面
        load | 負荷
        jobs | 作業
        log | 記録
        mark | 印
        mark all | 全部に印
        filter | 絞り込み
        next error | 次のエラー
        previous error | 前のエラー | 14
        sort | 並べ替え
        reverse | 逆順
        larger | 大きく
        smaller | 小さく
        follow | 追う
        interval | 間隔
        CPU | CPU
        memory | メモリ
        disk | ディスク
        copy | 複写
        more | 他
        settings | 設定
        theme | 配色
        help | ヘルプ
        quit | 終了
        back | 戻る
        picture | 画像保存
        redraw | 再描画
        suspend | 中断
        cancel | やめる
        pause | 一時停止
        resume | 再開
        save | 状態保存
        save state | 状態保存 | 10
        power | 電源ボタン
        power button | 電源ボタン
        turn off | 電源を切る | 10
        reset | リセット
        run again | 再実行
        discard | 破棄
        media | メディア
        send keys | キー送信
        new machine | 新しい機械
        edit | 編集
        clone | 複製
        delete | 削除
        tags | タグ
        to file | 書き出し
        undo | 元に戻す
        redo | やり直す
        keep | 決める
        try | 試す
        import | 取り込む
        edit copy | 写しを編集
        clear | 消す
        close | 閉じる
        buttons | ボタン
        scroll | 巻く
        ground | 地の色
        dark, light, all | 暗 明 全部 | 16
        insert | 入れる
        eject | 取り出す
        stay | 留まる
        newest | 最新

        ## 24 names of actions
        console, start or report | 画面、起動、報告
        select the one above | 上を選ぶ
        select the one below | 下を選ぶ
        page up | 前の頁
        page down | 次の頁
        tile to the left | 左のマスへ
        tile to the right | 右のマスへ
        next detail tab | 次のタブ
        previous detail tab | 前のタブ
        wall of screens | 画面を並べる
        mark all shown | 見えるもの全部に印
        sort by the next column | 次の列で並べ替え
        reverse the order | 逆順にする
        pane or tile larger | 枠を大きく
        pane or tile smaller | 枠を小さく
        follow the newest | 最新を追う
        seconds between figures | 数字の間隔（秒）
        CPU panel | CPU の欄
        memory panel | メモリの欄
        disk panel | ディスクの欄
        copy address or line | 番地か行を複写
        every command | すべての命令
        themes | 配色を選ぶ
        back, or quit | 戻る、または終了
        picture of this screen | この画面を画像に保存
        draw everything again | 全部描き直す
        cancel job, or quit | 作業中止、または終了
        pause, resume | 一時停止、再開
        discard saved state | 保存した状態を破棄
        change CD, floppy | CD やフロッピを交換
        write to a file | ファイルに書き出す

        ## 24 titles and buttons
        Cancel | やめる | 6
        Delete | 削除 | 6
        Stay | 留まる | 6
        Start | 起動 | 5
        Insert | 挿入 | 6
        Eject | 取出し | 6
        Reset | リセット | 8
        Power button | 電源ボタン | 12
        Power buttons | 電源ボタン | 13
        Turn off | 切る | 8
        Turn off and leave | 切って出る | 18
        Save | 保存 | 4
        Create | 作る | 6
        Create and start | 作って起動 | 16
        Quit Vitrine | Vitrine を終了 | 16
        Turn off %1 | %1 の電源を切る
        Reset %1 | %1 をリセット
        Delete %1 | %1 を削除
        Leave %1 | %1 から出る
        Discs of %1 | %1 のディスク

        ## 31 themes
        dark | 暗い
        light | 明るい
        colour-blind | 色覚多様性
        no colour | 色なし
        yours | 自作
        Dark themes | 暗い配色
        Light themes | 明るい配色
        terminal's own ground | 端末の地の色のまま | 23
        Import a btop or base16 | i で btop や base16 の | 27
        file with i. | ファイルを取り込む | 27
        Import file | 取り込む | 11
        Live: the whole screen wears it while you choose. Esc puts the old one back. | 選ぶ間は画面全体がその配色になります。Esc で元の配色に戻ります。 | 78

        ## 70 what happened
        %1 started. Enter shows its screen. | %1 が起動しました。Enter で画面を表示。
        %1 turned off. | %1 の電源が切れました。
        %1 was reset. | %1 をリセットしました。
        %1 was deleted. | %1 を削除しました。
        %1 crashed. Enter shows the report. | %1 が異常終了しました。Enter で報告を表示。
        %1 crashed: triple fault. | %1 が異常終了しました: トリプルフォルト。
        Select it and press Enter. | 選んで Enter で報告を表示。
        %1 saved. | %1 を保存しました。
        %1 is off. S starts it. | %1 は停止しています。S で起動。
        %1 is paused. P resumes it. | %1 は一時停止中です。P で再開。
        %1 runs already. Enter shows its screen. | %1 は実行中です。Enter で画面を表示。
        The theme is %1, it was %2. | 配色を %2 から %1 に変えました。
        The theme stays %1. | 配色は %1 のままです。
        Nothing has happened yet. | まだ何も起きていません。
        No machines yet. N makes one. | 機械はまだありません。N で作れます。
        What its guest has not written to disk is lost. | ゲストがディスクに書いていないものは失われます。
        """
}
