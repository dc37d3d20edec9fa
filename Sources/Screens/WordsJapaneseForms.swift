extension Language {
    /// The form of a machine, the wizard and the discs: labels, what is wrong, what explains them.
    static let japaneseForms = """
        ## 14 labels
        Drives | ドライブ | 8
        Ports | ポート | 6
        Options | 詳細 | 7
        Tabs | タブ
        Keyboard | キーボード
        Absolute pointer | 絶対座標ポインタ | 16
        Keep the disks unchanged | ディスクを変えない | 24
        Keep the disks as they are now | ディスクを今のまま保つ | 30
        Open its console when it starts | 起動したら画面を開く | 31
        Drive hda | HDD hda
        Drive hdb | HDD hdb
        Drive hdc | HDD hdc
        Drive hdd | HDD hdd
        Image of fda | fda の中身
        Image of fdb | fdb の中身
        Image of hda | hda の中身
        Image of hdb | hdb の中身
        Image of hdc | hdc の中身
        Image of hdd | hdd の中身
        Place of COM1 | COM1 の場所
        Place of COM2 | COM2 の場所
        Runs by | 実行方式
        RAM disk | RAMディスク | 12
        System | システム
        Disk C | HDD C
        Back | 戻る | 4

        ## 40 values and notes
        all we have | 全機能 | 11
        recompiler | リコンパイラ | 14
        interpreter | インタプリタ | 14
        terminal | 端末 | 8
        file | ファイル | 8
        German | ドイツ語 | 8
        French | フランス語 | 10
        Spanish | スペイン語 | 10
        Japanese | 日本語 | 8
        floppy only | フロッピのみ
        C only | C のみ
        CD only | CD のみ
        floppy, then C | フロッピ、C
        floppy, then CD | フロッピ、CD
        C, then floppy | C、フロッピ
        C, then CD | C、CD
        CD, then floppy | CD、フロッピ
        CD, then C | CD、C
        floppy, then C, CD | フロッピ、C、CD
        floppy, then CD, C | フロッピ、CD、C
        C, then floppy, CD | C、フロッピ、CD
        C, then CD, floppy | C、CD、フロッピ
        CD, then floppy, C | CD、フロッピ、C
        CD, then C, floppy | CD、C、フロッピ
        nothing | なし
        4 to 3584 MB | 4〜3584 MB | 12
        4 to 1024 MB | 4〜1024 MB | 12
        from 5900 up | 5900 から | 12
        the drives boot | ドライブ起動 | 15
        one CPU | CPU 1 個 | 8
        off only | 停止中のみ | 10
        was: %1 | 前: %1
        / lists them | / で一覧 | 12
        free | 未使用 | 6
        more than is free | 空きが不足
        grows as it fills | 使うほど増加
        , bootable | 、起動可

        ## 30 frame and footer
        Edit %1 | %1 の編集
        What is in parentheses can be changed while the machine is off. | （ ）の項目は、機械の停止中に変えられます。 | 64
        ✖ Raw file, %1 | ✖ 元ファイル: %1
        take | 選ぶ
        close the list | 一覧を閉じる
        create | 作る
        switch | 切り替え
        next field | 次の欄
        raw file | 元ファイル
        the raw file | 元ファイル
        Waits for | 要修正
        Save waits for | 要修正
        list | 一覧
        drive | ドライブ
        next disc | 次のディスク
        other file | 別のファイル
        find | 探す
        unreadable | 読取不可 | 10
        built in | 内蔵 | 10
        (empty) | （空） | 7
        the machine's folder | 機械のフォルダ
        For %1, from %2 | %1 用、%2 から
        For %1, from %2 (Right inserts the next) | %1 用、%2 から（Right で次） | 40
        in the drive | 装着中 | 12
        %1: %2 is in the drive. | %1: %2 を入れました。
        %1 is empty. | %1 は空です。

        ## 70 wizard
        New machine | 新しい機械 | 11
        Install from | 導入元 | 12
        Review | 確認 | 6
        Which system will live here? | どのシステムを入れますか。
        Everything can be changed later. | 後からすべて変えられます。
        Years | 年代 | 9
        Boots | 起動 | 6
        Something else | その他 | 14
        Nothing is made before the last step. | 最後の手順までは何も作りません。
        What does it start from? | 何から起動しますか。
        What is %1 installed from? | %1 を何から入れますか。
        Path | パス | 8
        Tab completes | Tab で補完 | 13
        ~/images, ~/Downloads, current folder | ~/images、~/Downloads、今のフォルダ
        Images of ~/images, ~/Downloads and the current folder, those used last first. | ~/images、~/Downloads、今のフォルダのイメージ。最近使ったものが先です。 | 78
        Kind | 種類 | 6
        Size | 大きさ | 8
        Label | ラベル | 8
        boots at once | すぐ起動 | 13
        An image of a floppy, a CD or a hard disk. | フロッピ、CD、ハードディスクのイメージです。 | 46
        (no image) | （なし） | 10
        sample floppy | 見本フロッピ | 13
        Starts | 起動 | 10
        Sample | 見本 | 10
        Goes into | 入る場所 | 10
        Looks like | 推定 | 10
        with an empty disk and empty drives: M puts an image into them later | 空のディスクとドライブで起動。後から M でイメージを入れます
        Vitrine's own floppy: text modes, VGA graphics, keyboard, mouse, timer, speaker | Vitrine のフロッピ: 文字、VGA 画像、キーボード、マウス、タイマ、音 | 80
        yes, by what stands at its start | 先頭の内容から、できます
        nothing at its start says so | 先頭にその印がありません
        floppy drive A | フロッピA
        the CD drive, read-only | CD ドライブ（読取専用）
        the place of disk C | HDD C の場所
        , which step 1 will say then | （手順 1 もそうなります）
        %1 looks like %2: step 1 says so now. | %1 は %2 のようです。手順 1 を合わせました。
        Enter makes this machine and starts it. | Enter でこの機械を作り、起動します。
        What will be written | 書き込む内容
        a few KB | 数 KB
        now, %1 at most | （最大 %1）
        ; %1 free | 、空き %1
        %1: attached where it lies | %1: 今の場所のまま使います
        %1: attached where they lie | %1: 今の場所のまま使います
        Install | 導入 | 10
        Pointer | ポインタ | 10

        ## 120 mistakes
        Not saved yet: the raw file has a mistake. F3 opens it again, Esc drops it. | 未保存: 元ファイルに誤りがあります。F3 で開き直し、Esc で捨てます。
        Not saved yet: %1 | 未保存: %1
        %1. F3 opens it again, Esc drops it. | %1。F3 で開き直し、Esc で捨てます。
        The fields hold what the file says. Ctrl-S saves. | ファイルの内容を欄に入れました。Ctrl-S で保存。
        The file could not be looked at. Type another path. | ファイルを調べられません。別のパスを入力してください。
        A machine needs a name. | 名前が要ります。
        Too long: a name has 48 characters at most. | 長すぎます。名前は 48 文字までです。
        A name is also a folder: no / and no dot at its start. | 名前はフォルダにもなります。/ や先頭の点は使えません。
        %1 is taken. Try %2. | %1 は使用済みです。%2 はどうですか。
        Not a size. Write 96, 96M, 1.5G or 1536 MB. | 大きさではありません。例: 96、96M、1.5G、1536 MB。
        Too little: a PC takes 4 to 3584 MB. | 小さすぎます。4〜3584 MB です。
        Too much: a 32-bit PC takes 4 to 3584 MB. Try 256 MB. | 大きすぎます。32 ビットの PC は 4〜3584 MB です。例: 256 MB。
        A code cache has 4 to 1024 MB. Write 64, 64M or 64 MB. | 命令の控えは 4〜1024 MB です。例: 64、64M、64 MB。
        This belongs to a kernel, and none is named. | カーネルに付くものですが、カーネルがありません。
        unix needs the path of a socket. | unix にはソケットのパスが要ります。
        file needs the path of a file. | file にはファイルのパスが要ります。
        unix: needs the path of a socket. | unix: にはソケットのパスが要ります。
        A disk needs a size or an image. Left: none. | ディスクには大きさかイメージが要ります。Left で「なし」。
        %1 is refused: others could watch. Use 127.0.0.1 or a socket. | %1 は不可: 他人に見えます。127.0.0.1 かソケットに。
        A port is 1024 to 65535. Or: automatic, none, unix:PATH. | ポートは 1024〜65535、または automatic、none、unix:PATH。
        Too small: a disk has 1 MB at least. Try 504 MB. | 小さすぎます。1 MB 以上です。例: 504 MB。
        Too large: an IDE disk has 128 GB at most. | 大きすぎます。IDE は 128 GB までです。

        ## 300 help of the fields
        How the machine is called here. Its folder keeps the name it was made with. | ここでの呼び名です。フォルダは作った時の名前のままです。
        What the guest is told it runs on. Old systems that time themselves want an old one. | ゲストに示すプロセッサです。時間を計る古いシステムには古いものが合います。
        The order in which the BIOS tries the drives. Empty ones are passed over. | BIOS がドライブを試す順です。空のものは飛ばします。
        What the guest takes its keyboard for. Text that is pasted is typed accordingly. | ゲストから見たキーボードです。貼り付けた文字もこの配列で打ちます。
        What the guest writes is kept in memory and lost when the machine ends. The images stay as they are. | 書いたものはメモリに置き、終了時に捨てます。イメージは変わりません。
        Where VNC viewers connect, on this host only: automatic, none, a port such as 5901, or unix:PATH. | VNC ビューアの接続先（このホストのみ）: automatic、none、5901 などのポート、unix:PATH。
        Writes the settings. What needs the machine off holds from its next start. | 設定を書きます。停止が要るものは次の起動から効きます。
        Leaves everything as it was. | すべて元のままにします。
        Words to find it by, with commas between them. | 探すための言葉です。コンマで区切ります。
        For people; the machine does not care. | 人のための覚え書きです。機械は使いません。
        Tells the guest that it lives in a virtual machine, so that Linux looks for a pointer that need not be caught. | 仮想機械だとゲストに知らせます。Linux は捕まえずに済むポインタを使います。
        A 3.5 inch drive; its disk can be changed while the machine runs. | 3.5 インチのドライブです。実行中もディスクを交換できます。
        A hard disk, or a CD drive whose disc can be changed while the machine runs. | ハードディスク、または実行中も交換できる CD ドライブです。
        Where the serial port ends: nowhere, at a terminal in the next tab of the machine's console, at a terminal device of this host (pty), in a file, or at a unix socket. | シリアルポートの先: なし、画面の次のタブの端末、このホストの端末装置（pty）、ファイル、unix ソケット。
        The file that what the guest sends is written to, or the socket where a program connects. A relative path starts at the machine's folder. | ゲストの送信を書くファイル、またはプログラムがつなぐソケットです。相対パスは機械のフォルダからです。
        The recompiler turns the guest's code into this host's. The interpreter takes it one instruction at a time: slow, and the reference. | リコンパイラはゲストの命令をホストの命令に直します。インタプリタは一命令ずつで、遅いものの基準になります。
        Room for the guest's code as this host runs it. Where it is full everything is translated anew: a guest that runs many large programs may want more. | 翻訳した命令を置く場所です。あふれると訳し直すため、大きなプログラムが多いゲストには増やします。
        The kernel's initial RAM disk, or its first module. | カーネルの初期 RAM ディスク、または最初のモジュールです。
        A Linux (bzImage) or Multiboot kernel that is started in place of the drives. | ドライブの代わりに起動する Linux（bzImage）か Multiboot のカーネルです。
        What the kernel is told, such as console=ttyS0 root=/dev/sda1. | カーネルへの引数です。例: console=ttyS0 root=/dev/sda1。
        What will live here. Another system brings its own processor, memory, disk and boot order, where they still stand as proposed. | ここに入れるシステムです。変えると、提案のままのプロセッサ、メモリ、ディスク、起動順も変わります。
        An image file, or nothing for an empty drive. | イメージファイルです。空のドライブなら何も書きません。
        A size such as 504 MB makes a new disk in the machine's folder; a path attaches an image. | 504 MB などの大きさで新しいディスクを作り、パスならイメージをつなぎます。
        A CD drive may be empty. | CD ドライブは空でも構いません。
        Left empty: no disk. | 空ならディスクなし。
        Tab completes names, ~ is your home, and a relative path starts where Vitrine was started. | Tab で名前を補完、~ はホーム、相対パスは Vitrine を起動した場所からです。
        Otherwise the list stays, and Enter opens the console. | 外すと一覧に留まり、Enter で画面を開きます。
        Makes the machine. S starts it later. | 機械を作ります。後から S で起動。
        To the image that it starts from. | 起動元のイメージへ戻ります。
        Nothing is made. | 何も作りません。
        Left and Right turn the pages, as PgUp and PgDn do everywhere in the form. | Left と Right で頁を替えます。PgUp と PgDn はどこでも使えます。
        What the guest finds at power-on. The host commits a page when the guest first writes to it, so a large figure costs nothing until it is used. | ゲストが起動時に見つける量です。ホストはゲストが初めて書いた頁だけ割り当てるため、大きくても使うまで負担はありません。
        Write 96, 96M, 1.5G or 1536 MB. | 例: 96、96M、1.5G、1536 MB。

        ## 90 why a system wants what it gets
        504 MB, the most that every DOS and BIOS of the time can see | 504 MB。当時のどの DOS と BIOS も扱える上限です
        486: programs that ask for more than that are younger than DOS | 486。これ以上を求めるものは DOS より後の時代です
        16 MB, enough for HIMEM and every extender | 16 MB。HIMEM とどの拡張にも足ります
        504 MB, the most that the DOS below it is sure to see | 504 MB。下の DOS が確実に扱える上限です
        16 MB: standard and enhanced mode both run well | 16 MB。標準もエンハンスドもよく動きます
        DOS first, from its floppies; then Windows from its own | まず DOS をフロッピから、次に Windows を入れます
        2 GB, the largest partition of the first edition | 2 GB。初版の区画の上限です
        Pentium, the PC of its year | Pentium。その年の PC です
        a boot floppy; setup then copies from the CD | 起動フロッピから。セットアップが CD から写します
        8 GB, one FAT32 partition | 8 GB。FAT32 の区画一つ
        128 MB; above 512 MB its disk cache needs a limit in SYSTEM.INI | 128 MB。512 MB 超では SYSTEM.INI の制限が要ります
        most CDs boot by themselves; else add the boot floppy | 多くの CD は起動できます。だめなら起動フロッピを
        4 GB, the most that its setup can format | 4 GB。セットアップが初期化できる上限です
        Pentium: setup stops where a processor reports more than it knows | Pentium。未知のものではセットアップが止まります
        the CD boots; three floppies do where it does not | CD から起動。だめならフロッピ 3 枚
        8 GB, one NTFS partition | 8 GB。NTFS の区画一つ
        Pentium III, the PC of its year | Pentium III。その年の PC です
        the CD boots while the disk is empty, then the disk does | ディスクが空の間は CD、その後はディスクから起動
        20 GB; it grows as it fills | 20 GB。使うほど増えます
        512 MB; the third service pack is slow with less | 512 MB。SP3 はこれより少ないと遅くなります
        2 GB, within what its installer can see | 2 GB。導入プログラムが扱える範囲です
        two boot floppies, then the CD | 起動フロッピ 2 枚、次に CD
        Pentium III: kernels for 386 to 686 all run | Pentium III。386 から 686 用までどれも動きます
        Pentium 4: a 32-bit system, such as Debian i386; not amd64 | Pentium 4。Debian i386 など 32 ビット用。amd64 は不可
        absolute: it follows the mouse without being caught | 絶対座標。捕まえずにマウスに付いて動きます
        Pentium III: the i386 ports of all three run | Pentium III。三つとも i386 版が動きます
        4 GB; it grows as it fills | 4 GB。使うほど増えます
        Pentium III: old enough for most, young enough for the rest | Pentium III。古いものにも新しめのものにも合います
        the CD boots while the disk is empty; a floppy comes first | ディスクが空の間は CD。フロッピがあれば先です
        """
}
