extension Language {
    /// Whole sentences: what happened, why something cannot be done, what a question says.
    static let japaneseSentences = """
        ## 160 why not
        no machine | 機械なし
        No machine is selected. N makes one. | 機械が選ばれていません。N で作れます。
        There is no machine yet. N makes one. | 機械はまだありません。N で作れます。
        Nothing matches %1. Esc clears the filter. | %1 に合うものはありません。Esc で絞り込みを解除。
        no address | 番地なし
        %1 has no screen address. E gives it one. | %1 には画面の番地がありません。E で設定。
        %1 has no screen address now. S starts it. | %1 には今、画面の番地がありません。S で起動。
        nothing to undo | 戻すものなし
        There is nothing to undo. | 元に戻すものはありません。
        nothing to redo | やり直すものなし
        There is nothing to do again. | やり直すものはありません。
        all %1 marked: %2. | 印つき %1 台すべて: %2。
        %1 cannot be read: correct its file, or %2 deletes it. | %1 は読めません。ファイルを直すか、%2 で削除。
        is being fetched | 取得中
        %1 is being fetched. %2 cancels. | %1 は取得中です。%2 で中止。
        nothing saved | 保存なし
        %1 has no saved state. | %1 に保存した状態はありません。
        %1 makes one. | %1 で保存。
        %1 comes with Vitrine and stays. | %1 は Vitrine に付属するため削除できません。
        not fetched yet | 未取得
        %1 is not fetched yet. %2 fetches it. | %1 はまだ取得していません。%2 で取得。
        turn off first | 先に電源を切る
        %1 is %2. %3 turns it off. | %1 は%2です。%3 で電源を切ります。
        no drive | ドライブなし
        %1 has no CD or floppy drive. %2 adds one. | %1 に CD やフロッピのドライブはありません。%2 で追加。
        is paused | 一時停止中
        %1 is paused. %2 resumes it. | %1 は一時停止中です。%2 で再開。
        starts already | 起動中
        %1 is starting. %2 turns it off. | %1 は起動中です。%2 で電源を切ります。
        %1 is being restored. %2 shows its screen. | %1 は復元中です。%2 で画面を表示。
        is %1 | %1
        %1 is %2. %3 starts it once that is done. | %1 は%2です。終われば %3 で起動できます。
        runs already | 実行中
        %1 runs already. %2 shows its screen. | %1 は実行中です。%2 で画面を表示。
        is off | 停止中
        %1 is off. | %1 の電源が切れました。
        %1 is off. %2 starts it. | %1 は停止しています。%2 で起動。
        %1 crashed. %2 starts it again. | %1 は異常終了しました。%2 で再び起動。
        is saved | 保存済み
        is crashed | 異常終了
        %1 is saved already. %2 restores it. | %1 は保存済みです。%2 で再開。
        %1 is saved. %2 restores it. | %1 は保存済みです。%2 で再開。
        %1 is %2. | %1 は%2です。
        %1 starts it. | %1 で起動。
        %1 is %2 and uses nothing.%3 | %1 は%2で、何も使っていません。%3
        %1 has no drives. %2 adds some. | %1 にドライブはありません。%2 で追加。
        leave this form first | 先に編集を終える
        Esc leaves this form first. | 先に Esc で編集を終えてください。
        on %1 only | %1だけ
        it is for the page %1. | これは%1の頁のものです。
        Nothing is called that. Backspace takes letters back. | その名前のものはありません。Backspace で戻せます。
        No machine runs. 1 goes to the list. | 動いている機械はありません。1 で一覧へ。
        No machine runs. %1 goes to the list. | 動いている機械はありません。%1 で一覧へ。
        No machine runs. S starts %1, 1 goes to the list. | 動いている機械はありません。S で %1 を起動、1 で一覧へ。
        The shelf goes no further. | 仕切りはこれ以上動きません。
        No theme is %1. | %1配色はありません。
        here | この

        ## 160 what happened to machines
        %1 started. %2 shows its screen. | %1 が起動しました。%2 で画面を表示。
        %1 saved%2. %3 restores it. | %1 を保存しました%2。%3 で再開。
        The saved state of %1 is gone. %2 starts it afresh. | %1 の保存状態を破棄しました。%2 で最初から起動。
        %1 pressed its power button. It has %2 s, then %3 turns it off. | %1 の電源ボタンを押しました。%2 秒待ち、だめなら %3 で切ります。
        %1 pressed its power button. %2 turns it off if the guest does not. | %1 の電源ボタンを押しました。切れなければ %2 で切ります。
        %1 is in the trash until %2. %3 brings it back. | %1 を %2 までごみ箱に置きます。%3 で元に戻せます。
        %1 is ready. %2 starts it. | %1 ができました。%2 で起動。
        %1 is ready. S starts it. | %1 ができました。S で起動。
        Saving the state of %1. | %1 の状態を保存しています。
        Saving the states of %1 machines. | %1 台の状態を保存しています。
        %1 started. | %1が起動しました。
        %1 paused or resumed. | %1を一時停止または再開しました。
        %1 saved. %2 restores them. | %1を保存しました。%2 で再開。
        %1 pressed their power buttons. %2 turns off what does not react. | %1の電源ボタンを押しました。反応しないものは %2 で切れます。
        %1 reset. | %1をリセットしました。
        %1 lost their saved states. | %1の保存状態を破棄しました。
        %1 are in the trash for 7 days. %2 brings them back. | %1を 7 日間ごみ箱に置きます。%2 で元に戻せます。
        Tags of %1 changed. %2 undoes. | %1 のタグを変えました。%2 で元に戻せます。
        Tag %1 added to %2. %3 undoes. | %2 にタグ %1 を付けました。%3 で元に戻せます。
        Tags %1 added to %2. %3 undoes. | %2 にタグ %1 を付けました。%3 で元に戻せます。
        Tag %1 removed from %2. %3 undoes. | %2 からタグ %1 を外しました。%3 で元に戻せます。
        Tags %1 removed from %2. %3 undoes. | %2 からタグ %1 を外しました。%3 で元に戻せます。
        Undone: %1. %2 does it again. | 元に戻しました: %1。%2 でやり直せます。
        Done again: %1. %2 undoes. | やり直しました: %1。%2 で元に戻せます。
        the tags of %1 | %1 のタグ
        the deletion of %1 | %1 の削除
        the settings of %1 | %1 の設定
        the filter | 絞り込み
        the shelf | 仕切り
        the order | 並び順
        Sorted by %1. u undoes. | %1の順に並べました。u で元に戻せます。
        Sorted by %1, reversed. u undoes. | %1の逆順に並べました。u で元に戻せます。
        name | 名前
        state | 状態
        disk traffic | ディスク転送量
        Theme: %1 | 配色: %1
        Copied: %1 | 複写しました: %1
        Written to %1 | %1 に書きました
        %1: fetch cancelled. | %1: 取得を中止しました。
        %1: its settings cannot be read. | %1: 設定を読めません。
        Enter shows the report. | Enter で報告を表示。
        Turning machines off. | 機械の電源を切っています。
        Waiting for %1 to turn off | %1 台が切れるのを待っています
        ; %1 cannot react | （%1 台は反応できません）
        . %1 turns off one that does not. | 。切れないものは %1 で切れます。
        Not quitting. Machines that are saved already wait for %1. | 終了をやめました。保存の済んだ機械は %1 で再開できます。
        keys, %1 | keys: %1
        %1 more: vitrine doctor | ほか %1 件: vitrine doctor
        %1: %2. It was not kept. | %1: %2。保存しませんでした。
        %1, %2. Left out; E corrects it. | %1: %2。省きました。E で直せます。
        %1, %2, and %3 more. Left out; E corrects it. | %1: %2、ほか %3 件。省きました。E で直せます。
        %1 is kept as %2.theme. | %1 を %2.theme に保存しました。

        ## 160 console
        %1 is paused. %2 p resumes it. | %1 は一時停止中です。%2 p で再開。
        %1 is %2. %3 q leaves. | %1 は%2です。%3 q で出ます。
        %1 %2 means nothing. %3 ? shows what does. | %1 %2 には働きがありません。%3 ? で一覧。
        No other machine runs. | ほかに動いている機械はありません。
        Nothing was copied yet. %1 c copies. | まだ何も複写していません。%1 c で複写。
        It has no serial terminal. Turn it off and set COM1 to terminal. | シリアル端末がありません。電源を切って COM1 を terminal にしてください。
        The guest shows nothing: there is no picture to write. | ゲストは何も表示していないので、保存する画面がありません。
        Nothing has scrolled off yet. | まだ流れた行はありません。
        This picture holds no text. %1 g writes it to a file. | この画面に文字はありません。%1 g でファイルに保存。
        No more %1 above. | これより上に %1 はありません。
        No more %1 below. | これより下に %1 はありません。
        Nothing but blanks there: nothing was copied. | 空白だけなので、何も複写しませんでした。
        Copied 1 line. | 1 行複写しました。
        Copied %1 lines. | %1 行複写しました。
        A text is still being typed. %1 Esc stops it. | まだ文字を入力中です。%1 Esc で止めます。
        Left out, on no key of a %1 keyboard: %2 | %1配列のキーにないため省きました: %2
        Stopped after %1 of %2 characters. | %2 文字のうち %1 文字で止めました。

        ## 160 jobs, load and log
        No job is selected. | 作業が選ばれていません。
        %1 is not in the library any more. | %1 はもうありません。
        %1 cannot be stopped half-way. It ends by itself. | %1: 途中では止められません。自然に終わります。
        Stopping: %1 | 中止しています: %1
        %1 goes on still. Ctrl-C stops it. | %1: まだ続いています。Ctrl-C で中止。
        A clone needs a name: C on %1 asks for it. | 複製には名前が要ります。%1 の C で尋ねます。
        Deleting asks first: D on %1. | 削除は先に確認します。%1 で D を押してください。
        No jobs. Long work, such as cloning or saving, shows up here. | 作業はありません。複製や保存など長い作業がここに出ます。
        Jobs go on while you work. Quitting asks about them. | 作業は並行して進みます。終了の時に確認します。
        %1 ends here. | %1 はここまでです。
        Load goes to %1. W ends it. | 負荷を %1 に書いています。W で終了。
        No error below this line. | この行より下にエラーはありません。
        No error above this line. | この行より上にエラーはありません。
        There is nothing to write yet. | まだ書き出すものがありません。
        This event is the host's: there is nothing to open. | ホストの出来事なので、開くものはありません。
        No event matches. Esc shows all %1. | 一致する出来事はありません。Esc で %1 件すべてを表示。
        Enter shows its report. | Enter で報告を表示。
        Enter goes to %1, which is %2 now. | Enter で %1 へ。今は%2です。
        S starts it again; this report stands here until then. | S で再び起動します。報告はそれまで残ります。
        E changes its settings. Its disks were closed cleanly. | E で設定を変えられます。ディスクは正しく閉じています。
        Nothing has happened to %1 since Vitrine started. | Vitrine の起動後、%1 には何も起きていません。

        ## 160 introductions
        cancels. Nothing of it is kept. | でやめます。届いた分は残りません。
        It starts by itself and its screen opens when everything is here. | そろうと自動で起動し、画面が開きます。
        tries again, once this host has a network. | で再試行します（ネットワークが要ります）。
        fetches %1, checks the signature, and starts it. | で %1 を取得し、署名を確かめて起動します。
        starts it. Its screen fills this terminal, and you can type. | で起動します。端末全体がその画面になり、入力できます。
        then q brings you back here; the machine keeps running. | に続けて q でここへ戻ります。機械は動き続けます。
        makes a machine from your own floppy, CD or disk image. | で手持ちのフロッピ、CD、ディスクのイメージから機械を作ります。
        explains every key on the screen you are looking at. | で今の画面のすべてのキーを説明します。
        Any VNC viewer on this host sees the same screens, from port 5900 up. | このホストの VNC ビューアでも同じ画面が見えます（ポート 5900 から）。
        Correct the file, or press %1: it deletes the machine's folder. | ファイルを直すか、%1 で機械のフォルダを削除してください。

        ## 160 questions
        Discard | 破棄 | 7
        Save and quit | 保存して終了 | 13
        Power off | 電源ボタン | 10
        save and quit | 保存して終了
        power buttons | 電源ボタン
        turn off and leave | 切って出る
        Set tags | 設定 | 8
        set tags | 設定
        Go on editing | 編集を続ける | 13
        Discard changes | 変更を破棄
        The machine was not made yet. What was typed here is lost. | 機械はまだ作られていません。入力した内容は失われます。
        What was changed here is lost. | ここでの変更は失われます。
        %1 changes of %2 are lost. | %2 の変更 %1 件が失われます。
        differs | 不一致
        1 letter to go | あと 1 文字
        %1 letters to go | あと %1 文字
        a name is missing | 名前がありません
        is taken | 使用済みです
        a letter or digit is missing | 英数字が要ります
        delete, once the name is complete | 名前がそろえば削除
        stop saving and stay | 保存をやめて留まる
        %1 is turned off as if its plug were pulled. | %1 の電源を、プラグを抜くように切ります。
        %1 are turned off as if their plugs were pulled. | %1の電源を、プラグを抜くように切ります。
        What their guests have not written to disk is lost. | ゲストがディスクに書いていないものは失われます。
        What its guest had not written to disk is lost. | ゲストがディスクに書いていなかったものは失われます。
        What their guests had not written to disk is lost. | ゲストがディスクに書いていなかったものは失われます。
        1 viewer is connected. | 閲覧者が 1 人接続しています。
        %1 viewers are connected. | 閲覧者が %1 人接続しています。
        %1 restarts at once. | %1 をただちに再起動します。
        %1 restart at once. | %1をただちに再起動します。
        Discard the saved state of %1 | %1 の保存状態を破棄
        Discard %1 saved states | 保存状態 %1 件を破棄
        %1 is off afterwards, as if its plug had been pulled. | %1 は、プラグを抜いたのと同じく停止になります。
        %1 are off afterwards, as if their plugs had been pulled. | %1は、プラグを抜いたのと同じく停止になります。
        %1 lives in this process and ends with it. | %1 はこのプロセスの中にあり、一緒に終わります。
        The trash keeps it until %1. %2 brings it back. | ごみ箱に %1 まで残ります。%2 で元に戻せます。
        The trash keeps them until %1. %2 brings them back. | ごみ箱に %1 まで残ります。%2 で元に戻せます。
        Type %1 to confirm | 確認のため %1 と入力
        Clone %1 | %1 を複製
        A full copy of the settings and of the disks in its folder. | 設定とフォルダ内のディスクをすべて写します。
        Its saved state comes along if all its disks do. | すべてのディスクが複製されるとき、保存した状態も付きます。
        %1 is only read. | %1 は読むだけです。
        Name of the copy | 複製の名前
        Tags of %1 | %1 のタグ
        Words to find it by; the first one names its group. | 探すための言葉です。最初のものが組の名前になります。
        Words that they share; others that one has stay. | 共通の言葉です。それぞれのほかの言葉は残ります。
        With blanks between them | 空白で区切る
        1 disk | ディスク 1 個
        %1 disks | ディスク %1 個
        disk %1 | HDD %1 | 12
        1 saved state | 保存状態 1 件
        %1 saved states | 保存状態 %1 件
        saved state | 保存状態 | 12
        its state | 状態 | 20
        %1 and everything in their folders move to the trash: | %1とフォルダの中身をごみ箱に移します:
        %1 and everything in its folder move to the trash: | %1 とフォルダの中身をごみ箱に移します:
        %1 moves to the trash. It has no disks of its own. | %1 をごみ箱に移します。専用のディスクはありません。
        %1 stays: it lies outside the folder. | %1 はフォルダの外にあるので残ります。
        %1 stay: they lie outside the folder. | %1 はフォルダの外にあるので残ります。
        is being saved already | すでに保存中
        is being saved | 保存中
        is starting: no state yet | 起動中で状態なし
        is being fetched: no state yet | 取得中で状態なし
        is being restored: no state yet | 復元中で状態なし
        is stopping: too late to save | 終了中で保存できません
        waits | 待ち
        state is saved in %1 | 状態保存 %1
        States are written; Vitrine quits after the last. | 状態を書いています。済めば Vitrine は終了します。
        1 machine lives in this process and ends with it. | 機械 1 台がこのプロセスの中にあり、一緒に終わります。
        %1 machines live in this process and end with it. | 機械 %1 台がこのプロセスの中にあり、一緒に終わります。
        %1 MB to write at most. On the next start each machine goes on where it stood. | 書き込みは最大 %1 MB。次の起動では続きから動きます。
        """
}
