extension Language {
    /// What the help and the palette say of actions, and how pages are read.
    static let japaneseHelp = """
        ## 78 one line of the palette
        Its console while it runs, its report if it crashed; one that is off is started. | 実行中なら画面、異常終了なら報告、停止中なら起動します。 | 80
        Powers the machine on, or goes on where its state was saved. | 電源を入れるか、保存した状態から続けます。
        Stops the processor between two instructions; the same key goes on. | 命令と命令の間で止めます。同じキーで再開します。
        Writes memory and devices to disk, then turns the machine off. | メモリと装置の状態をディスクに書き、電源を切ります。
        Presses the ACPI power button: the guest is asked to shut down. | ACPI の電源ボタンを押し、ゲストに終了を求めます。
        As if its plug were pulled. Asks first. | プラグを抜くのと同じです。先に確認します。
        Restarts at once, as its reset button would. Asks first. | リセットボタンのようにすぐ再起動します。先に確認します。
        Deletes the saved state: the next start boots. Asks first. | 保存した状態を消し、次は最初から起動します。先に確認します。
        A machine in three steps; the image is all it needs. | 三つの手順で作ります。要るのはイメージだけです。
        Its processor, memory, drives, network and ports. | プロセッサ、メモリ、ドライブ、ポートなど。
        A full copy under another name. | 別の名前で完全に写します。
        Moves the machine and its folder to the trash. | 機械とフォルダをごみ箱に移します。
        Puts an image into a drive, or takes one out. | ドライブにイメージを入れるか、取り出します。
        Keys that this terminal keeps for itself, such as Ctrl-Alt-Del. | Ctrl-Alt-Del など、端末が使ってしまうキー。
        Words to find and group machines by. | 機械を探し、組にするための言葉。
        Moves the selection by one. | 選択を一つ動かします。
        Moves the selection to an end. | 選択を端へ動かします。
        Moves the selection by a screen. | 選択を一画面動かします。
        What the pane below the list shows. | 一覧の下に何を出すか。
        Moves between tiles. | マスの間を動きます。
        The list of machines. | 機械の一覧。
        The screens of many guests at once. | 多くのゲストの画面を一度に見ます。
        What machines and host use, by the second. | 機械とホストの負荷を秒単位で見ます。
        What takes long: progress, rate, cancelling. | 長い作業の進み、速さ、中止。
        What happened, newest last. | 出来事。新しいものが下です。
        Marks this one: actions are for all marked ones. | 印を付けます。操作は印つきすべてに効きます。
        Marks every machine that is shown. | 見えている機械すべてに印を付けます。
        Shows only what matches as you type. | 入力に合うものだけを出します。
        Finds text on the screens of all guests. | すべてのゲストの画面から文字を探します。
        To the next error below. | 下の次のエラーへ。
        To the error above. | 上のエラーへ。
        Sorts by the next column. | 次の列で並べ替えます。
        Turns the order round. | 並びを逆にします。
        Moves the shelf between list and detail, or changes the tiles. | 一覧と詳細の仕切り、またはマスの大きさを変えます。
        Keeps the newest event in sight. | 最新の出来事を追います。
        Into this terminal's clipboard. | 端末のクリップボードへ。
        Asks for a path, then writes there. | パスを尋ね、そこに書きます。
        Seconds between two figures. | 数字を更新する間隔（秒）。
        Which figures the table shows. | 表に出す数字を選びます。
        Takes back the last change of settings, tags or order. | 設定、タグ、並び順の最後の変更を戻します。
        Makes again what was taken back. | 戻した変更をやり直します。
        Does what the selected job did once more. | 選んだ作業をもう一度行います。
        Every command by name. | すべての命令を名前で。
        Keys, glyphs, colours, bell, language. | キー、記号、色、ベル、言語。
        Colours, with the whole screen as the preview. | 画面全体を見本に配色を選びます。
        The keys of this page. | この頁のキー。
        Stops the selected job; where there is none it asks to quit. | 選んだ作業を中止します。なければ終了を確認します。
        One page back; from the list it ends Vitrine. | 一つ戻ります。一覧からは Vitrine を終了します。
        Writes what this terminal shows now as a picture (SVG) into your home folder. | いま端末に出ている画面を画像（SVG）としてホームに書きます。
        Draws every cell anew, after something else wrote into the terminal. | ほかのものが端末に書いた後、全部描き直します。
        Back to the shell; fg returns. Machines stand still meanwhile. | シェルへ。fg で戻ります。その間、機械は止まります。

        ## 24 keys of a page
        select; or Down, Up | 選択（Down, Up も） | 19
        first, last | 先頭、末尾 | 12
        page up, down | 前の頁、次の頁 | 14
        move; or the arrows | 移動（矢印も） | 19
        detail tab | 詳細のタブ | 10
        views | 表示 | 5
        mark, mark all | 印、全部に印 | 14
        next, previous error | 次、前のエラー | 20
        sort by, reverse | 並べ替え、逆順 | 16
        larger, smaller | 大きく、小さく | 15
        CPU, memory, disk | 各欄の切り替え | 17
        themes, settings | 配色、設定 | 16
        undo, redo | 戻す、やり直す | 14
        its machine or report | その機械か報告
        its machine | その機械
        copy the line | 行を複写
        copy its address | 番地を複写
        previous field | 前の欄
        another choice | 別の選択肢
        on, off | 入、切
        next; on a button, do it | 次へ。ボタンなら実行
        empty the field | 欄を空にする
        raw file in $EDITOR | 元ファイルを編集
        old value, then cancel | 元の値、次にやめる
        try a theme | 配色を試す
        keep it | 決める
        choose a line | 行を選ぶ
        another value | 別の値
        next value; a key: press the new one | 次の値。キーなら新しいキーを押す | 36
        as it was at first | 初期値に戻す

        ## 80 reading a page
        ● running   ‖ paused   ■ off   ◆ saved   » starting   « stopping   ✖ crashed | ● 実行中  ‖ 一時停止  ■ 停止  ◆ 保存済み  » 起動中  « 終了中  ✖ 異常終了
        3h: for three hours in this state  Mem MB: resident / configured | 3h: この状態で 3 時間              メモリMB: 常駐 / 割当
        CPU %: of one host CPU             MIPS: million guest instructions a second | CPU%: ホスト CPU 1 個の割合        MIPS: ゲストの命令、百万/秒
        Screen: VNC port, viewers          Hold Shift to select text with the mouse | 画面: VNC ポート、閲覧者           Shift を押すとマウスで文字を選択
        A tile shows the corner of the screen that holds the cursor, or the picture | マスにはカーソルのある隅、または縮めた画面が出ます。
        scaled to fit. Keys go to the list until Enter zooms. | Enter で拡大するまで、キーは一覧に届きます。
        used%: what it got   want%: what it would take   cut%: withheld by its cap | 使用%: 得た量   要求%: 欲しい量   制限%: 上限で抑えた量
        All of one host CPU. MIPS: million guest instructions a second. | いずれもホスト CPU 1 個に対して。MIPS: ゲストの命令、百万/秒。
        » goes on   · waits   ✓ done   ✖ failed   ‖ cancelled | » 進行中   · 待ち   ✓ 完了   ✖ 失敗   ‖ 中止
        MB/s: over the last seconds   Left: at that rate | MB/s: 直近の数秒   残り: その速さで
        ✖ error   ! warning   Times are local; the newest stands last. | ✖ エラー   ! 警告   時刻は現地。新しいものが下です。
        What the machine was when it stopped: registers, code, screen. | 停止した時の機械: レジスタ、命令、画面。
        All other keys are the guest's. Hold Shift to select text with the mouse. | ほかのキーはゲストのもの。Shift を押すとマウスで文字を選択。
        Hold Shift to select text with the mouse. Colours and keys: settings. | Shift を押すとマウスで文字を選択できます。色とキーは設定で。

        ## 130 settings
        The characters of lines, bars and states. auto asks TERM and the locale; ascii suits every font. At once. | 線、棒、状態の文字です。自動は TERM とロケールに従い、ascii はどの字体でも出ます。すぐ効きます。
        auto looks at TERM and NO_COLOR. From the next start on. | 自動は TERM と NO_COLOR に従います。次の起動から効きます。
        Figures every 5 s, percent in place of bars. At once. | 数字は 5 秒ごと、棒の代わりに % を出します。すぐ効きます。
        How often the figures of running machines change. At once. | 実行中の機械の数字を更新する間隔です。すぐ効きます。
        In a console this key is ours; the one after it is a command. Enter, then press the new one. At once. | 画面ではこのキーだけ Vitrine が受け、次のキーが命令になります。Enter の後に新しいキーを。すぐ効きます。
        Rings the terminal's bell with every error. At once. | エラーのたびに端末のベルを鳴らします。すぐ効きます。
        auto follows the locale. Texts that are not translated yet stay English. From the next start on. | 自動はロケールに従います。訳のない文は英語のままです。次の起動から効きます。
        line %1 of the file `keys` says this: change it there. | ファイル keys の %1 行で決まっています。そこで変えてください。
        %1 is needed for typing: take one with Ctrl or Alt, or an F-key. | %1 は文字入力に要ります。Ctrl か Alt 付き、または F キーにしてください。
        %1 is %2 (%3) already; %4 stays as it is. | %1 はすでに %2（%3）です。%4 は元のままです。
        %1 In the file `keys`: %2 | %1 ファイル keys では: %2
        Press the new key. Esc leaves it as it is. | 新しいキーを押してください。Esc でそのままです。
        """
}
