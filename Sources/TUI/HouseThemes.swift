/// The two house themes, so that a lone binary has them. `themes/` holds the same text for people to copy; a test compares.
extension Theme {
    /// Dark first.
    package static let house: [Theme] = [
        parse(id: "vitrine", bytes: Array(vitrineFile.utf8)).theme, parse(id: "paper", bytes: Array(paperFile.utf8)).theme,
    ]

    package static let vitrineFile = #"""
        # Vitrine, the dark house theme: glass and lamp light
        # #rrggbb is full colour; .256, .16 and .mono are what poorer terminals show.

        name            = Vitrine
        appearance      = dark

        # the page
        ground          = #10171d
        ground.256      = 233
        ground.16       = default

        # ground of dialogs and menus
        dialog          = #1a242c
        dialog.256      = 235
        dialog.16       = default

        # names, values
        text            = #d6dfe6
        text.256        = 253
        text.16         = default

        # headings, labels, units, off; the page behind a dialog
        muted           = #8c9ba8
        muted.256       = 247
        muted.16        = bright-black
        muted.mono      = dim

        # lines, empty part of a bar
        rule            = #3d4c58
        rule.256        = 239
        rule.16         = bright-black
        rule.mono       = dim

        # Vitrine, active tab, ▸, focused title
        accent          = #6fc8d6
        accent.256      = 80
        accent.16       = cyan
        accent.mono     = bold

        # key names in footer, menus, help
        key             = #6fc8d6
        key.256         = 80
        key.16          = cyan
        key.mono        = bold

        # selection in the focused pane, focused button
        selected        = #f3f8fa on #1f5260
        selected.256    = 231 on 23
        selected.16     = black on cyan
        selected.mono   = reverse

        # selection in a pane without focus
        resting         = #d6dfe6 on #26333d
        resting.256     = 253 on 236
        resting.16      = black on white
        resting.mono    = underline

        # input field, between its brackets
        field           = #f3f8fa on #26333d
        field.256       = 231 on 236
        field.16        = white on black
        field.mono      = underline

        # matched letters of a filter or search
        match           = #10171d on #e3c567
        match.256       = 234 on 185
        match.16        = black on yellow
        match.mono      = bold underline

        # running, done, joined
        running         = #7fc98a
        running.256     = 114
        running.16      = green

        # paused, held by a limit
        paused          = #e0b85c
        paused.256      = 179
        paused.16       = yellow

        # saved
        saved           = #a9b3f2
        saved.256       = 147
        saved.16        = bright-blue

        # starting, stopping, saving; done part of a bar
        busy            = #6fc8d6
        busy.256        = 80
        busy.16         = cyan

        # ! lines, disk full
        warning         = #eba15e
        warning.256     = 215
        warning.16      = bright-yellow
        warning.mono    = bold

        # ✖ lines, crashed, bad field
        error           = #f2838a
        error.256       = 210
        error.16        = bright-red
        error.mono      = bold

        # sparkline and graph, up to 50%
        graph.low       = #5aa9b8
        graph.low.256   = 73
        graph.low.16    = cyan

        # 50 to 85%
        graph.mid       = #9ac87f
        graph.mid.256   = 150
        graph.mid.16    = green

        # above 85%
        graph.high      = #eba15e
        graph.high.256  = 215
        graph.high.16   = yellow

        """#

    package static let paperFile = #"""
        # Paper, the light house theme: print on a desk
        # #rrggbb is full colour; .256, .16 and .mono are what poorer terminals show.

        name            = Paper
        appearance      = light

        # the page
        ground          = #fbf9f4
        ground.256      = 231
        ground.16       = default

        # ground of dialogs and menus
        dialog          = #f1ede4
        dialog.256      = 255
        dialog.16       = default

        # names, values
        text            = #20262b
        text.256        = 235
        text.16         = default

        # headings, labels, units, off; the page behind a dialog
        muted           = #5d666e
        muted.256       = 241
        muted.16        = bright-black
        muted.mono      = dim

        # lines, empty part of a bar
        rule            = #c3bdb1
        rule.256        = 250
        rule.16         = white
        rule.mono       = dim

        # Vitrine, active tab, ▸, focused title
        accent          = #0a6375
        accent.256      = 24
        accent.16       = blue
        accent.mono     = bold

        # key names in footer, menus, help
        key             = #0a6375
        key.256         = 24
        key.16          = blue
        key.mono        = bold

        # selection in the focused pane, focused button
        selected        = #ffffff on #0e6678
        selected.256    = 231 on 24
        selected.16     = white on blue
        selected.mono   = reverse

        # selection in a pane without focus
        resting         = #20262b on #e2ddd1
        resting.256     = 235 on 253
        resting.16      = black on white
        resting.mono    = underline

        # input field, between its brackets
        field           = #20262b on #ffffff
        field.256       = 235 on 231
        field.16        = black on white
        field.mono      = underline

        # matched letters of a filter or search
        match           = #20262b on #f3d35e
        match.256       = 235 on 221
        match.16        = black on yellow
        match.mono      = bold underline

        # running, done, joined
        running         = #1f6b32
        running.256     = 22
        running.16      = green

        # paused, held by a limit
        paused          = #7d5700
        paused.256      = 58
        paused.16       = magenta

        # saved
        saved           = #4a46a8
        saved.256       = 61
        saved.16        = blue

        # starting, stopping, saving; done part of a bar
        busy            = #0a6375
        busy.256        = 24
        busy.16         = cyan

        # ! lines, disk full
        warning         = #96460a
        warning.256     = 94
        warning.16      = magenta
        warning.mono    = bold

        # ✖ lines, crashed, bad field
        error           = #ac1f2d
        error.256       = 124
        error.16        = red
        error.mono      = bold

        # sparkline and graph, up to 50%
        graph.low       = #2b7d8e
        graph.low.256   = 30
        graph.low.16    = cyan

        # 50 to 85%
        graph.mid       = #4b7a22
        graph.mid.256   = 64
        graph.mid.16    = green

        # above 85%
        graph.high      = #a34e0c
        graph.high.256  = 130
        graph.high.16   = red

        """#
}
